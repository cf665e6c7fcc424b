-- capture_rate: how many of those who were seen at an entrance came in, by hour. Contract in analytics/figures.py.
-- grain: place_id, night, hour_at. Passing: identities with a stay in the view of a camera of the entrance, counted
-- once a night in the hour in which the first one began. Captured: those of them who visited the zone of kind entrance,
-- or went over the line in direction in, in that night after they were first seen. A camera that looks at the street
-- and the door gives the usual rate; one that only sees the door gives nearly 1.
create view capture_rate as
with places as (
    select 'zone' as place_kind, seen.zone_id as place_id, seen.camera_id
    from zone_cameras as seen join zones as zone using (zone_id)
    where zone.kind = 'entrance'
    union all
    select 'line', line_id, camera_id from line_cameras
),
passing as (
    select stay.site_id, stay.night, place.place_id, place.place_kind, stay.identity_id,
           min(stay.arrived_at) as seen_at
    from stays as stay join places as place using (camera_id)
    where not stay.is_staff or coalesce(getvariable('with_staff'), false)
    group by all
),
entering as (
    select 'zone' as place_kind, zone_id as place_id, night, identity_id, max(left_at) as last_at
    from visits group by all
    union all
    select 'line', line_id, night, identity_id, max(crossed_at)
    from crossings_with_identity
    where direction = 'in' and identity_id is not null
    group by all
),
counted as (
    select passing.site_id, night, place_kind, place_id, time_bucket(interval 1 hour, seen_at) as hour_at,
           count(*) as passing, count(*) filter (where entering.last_at >= seen_at) as captured
    from passing left join entering using (place_kind, place_id, night, identity_id)
    group by all
),
hours as (
    select 'zone' as place_kind, zone_id as place_id, night, hour_at, coverage from zone_hours
    union all
    select 'line', line_id, night, hour_at, coverage from line_hours
)
select counted.*, captured / passing as rate, hours.coverage,
       timezone(getvariable('timezone'), hour_at) as hour_local
from counted left join hours using (place_kind, place_id, night, hour_at);

-- capture_between(passing_zone, captured_zone): the same of two zones: how many of the visitors of one visited the
-- other later in the night.
-- grain: night, hour_at (of the first visit to the passing zone)
create macro capture_between(passing_zone, captured_zone) as table
with passing as (
    select night, identity_id, min(entered_at) as seen_at
    from visits
    where zone_id = passing_zone and (not is_staff or coalesce(getvariable('with_staff'), false))
    group by all
),
captured as (
    select night, identity_id, max(entered_at) as last_at from visits where zone_id = captured_zone group by all
)
select night, time_bucket(interval 1 hour, seen_at) as hour_at, count(*) as passing,
       count(*) filter (where last_at >= seen_at) as captured,
       count(*) filter (where last_at >= seen_at) / count(*) as rate,
       timezone(getvariable('timezone'), time_bucket(interval 1 hour, seen_at)) as hour_local
from passing left join captured using (night, identity_id)
group by all;
