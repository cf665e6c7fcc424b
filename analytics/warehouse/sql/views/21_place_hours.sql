-- zone_cameras: the cameras that see a zone: the one that it is drawn on, or all that are projected to the floor plan.
-- grain: zone_id, camera_id
create view zone_cameras as
select zone_id, camera_id from zones where camera_id is not null
union all
select zone.zone_id, camera.camera_id
from zones as zone cross join cameras as camera
where zone.camera_id is null and camera.is_on_plan;

-- line_cameras: the same of lines.
-- grain: line_id, camera_id
create view line_cameras as
select line_id, camera_id from lines where camera_id is not null
union all
select line.line_id, camera.camera_id
from lines as line cross join cameras as camera
where line.camera_id is null and camera.is_on_plan;

-- zone_hours: how much of a zone's hours was analysed; of several cameras the mean.
-- grain: zone_id, night, hour_at
create view zone_hours as
select hour.site_id, hour.night, seen.zone_id, hour.hour_at, bool_or(hour.is_seen) as is_seen,
       avg(hour.coverage) as coverage
from zone_cameras as seen join camera_hours as hour using (camera_id)
group by all;

-- line_hours: the same of lines.
-- grain: line_id, night, hour_at
create view line_hours as
select hour.site_id, hour.night, seen.line_id, hour.hour_at, bool_or(hour.is_seen) as is_seen,
       avg(hour.coverage) as coverage
from line_cameras as seen join camera_hours as hour using (camera_id)
group by all;

-- site_nights: how much of a night was analysed, of all cameras together.
-- grain: night
create view site_nights as
select site_id, night, sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
from coverage
group by all;

-- zone_nights: how much of a zone's night was analysed; of several cameras the mean.
-- grain: zone_id, night
create view zone_nights as
with camera_nights as (
    select site_id, night, camera_id, sum(analysed_s) > 0 as is_seen,
           sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
    from coverage
    group by all
)
select night.site_id, night.night, seen.zone_id, bool_or(night.is_seen) as is_seen, avg(night.coverage) as coverage
from zone_cameras as seen join camera_nights as night using (camera_id)
group by all;
