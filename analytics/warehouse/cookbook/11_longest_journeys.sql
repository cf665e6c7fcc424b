-- Longest journeys, with their weakest link
-- From the first to the last sight of a person in a night. A long journey that hangs on a weak link may be two people:
-- look at it before you believe it.
select night, identity_id, min(arrived_at) as from_at, max(left_at) as to_at,
       epoch(max(left_at) - min(arrived_at)) / 60 as minutes, count(*) as stays,
       string_agg(camera_id, ' > ' order by stay_no) as cameras, min(weakest_link) as weakest_link
from stays
where not is_staff
group by night, identity_id
order by minutes desc, identity_id
limit 20;
