-- Queue abandonments
-- Everybody who left a queue without being served, and how long they had waited; the longest first.
select night, queue_zone_id, identity_id, entered_at, epoch(left_at - entered_at) as gave_up_after_s
from queue_waits
where left_unserved and not is_staff
order by gave_up_after_s desc, identity_id;
