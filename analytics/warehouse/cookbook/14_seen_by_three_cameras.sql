-- People seen by three cameras or more
-- With the cameras in the order in which they were first seen there.
with first_seen as (
    select night, identity_id, camera_id, min(arrived_at) as arrived_at
    from stays
    where not is_staff
    group by night, identity_id, camera_id
)
select night, identity_id, count(*) as cameras, list(camera_id order by arrived_at) as order_seen
from first_seen
group by night, identity_id
having count(*) >= 3
order by cameras desc, night, identity_id;
