-- Whoever was served waited no negative time, and whoever was not has no wait: a row is a wait that contradicts itself.
select night, identity_id, queue_zone_id, entered_at
from queue_waits
where (served_at is null) <> (wait_s is null) or wait_s < 0 or (left_unserved and served_at is not null)
