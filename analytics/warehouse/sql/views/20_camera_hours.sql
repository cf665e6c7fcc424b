-- camera_hours: how much of each camera's hours was analysed.
-- grain: camera_id, night, hour_at.
-- coverage: seconds analysed of those expected; null where none was expected. is_seen: anything was analysed.
create view camera_hours as
select site_id, night, camera_id, hour_at, sum(analysed_s) > 0 as is_seen, sum(analysed_s) as analysed_s,
       sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
from coverage
group by all;
