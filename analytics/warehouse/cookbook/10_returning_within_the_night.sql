-- Who comes back within the night
-- People who were out of sight for more than 30 minutes and came again. Their share is a lower bound: a missed link
-- makes two visitors of one.
select night, identity_id, count(*) as times_here, min(arrived_at) as first_at, max(left_at) as last_at
from site_visits
where not is_staff
group by night, identity_id
having count(*) > 1
order by times_here desc, night, identity_id;
