-- Who is still inside when the footage ends
-- The last stay of everybody who was seen in the last five minutes of a night's analysed footage, and where.
with closing as (select night, max(ends_at) as closes_at from recordings where status <> 'quarantined' group by night),
last_seen as (
    select night, identity_id, arg_max(camera_id, left_at) as camera_id, max(left_at) as left_at
    from stays
    where not is_staff
    group by night, identity_id
)
select night, identity_id, camera_id, left_at, closes_at, epoch(closes_at - left_at) as before_close_s
from last_seen join closing using (night)
where left_at >= closes_at - interval 5 minutes
order by night, before_close_s, identity_id;
