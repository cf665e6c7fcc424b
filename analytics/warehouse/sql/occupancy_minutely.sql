-- occupancy_minutely: how many people were in a zone, by minute. From visits, not from those who came in minus those
-- who went out: an error does not add up.
-- grain: zone_id, minute_at. A row for each minute of [$starts_at, $ends_at) in which a camera of the zone recorded,
-- and for each minute of a visit.
-- coverage: the share of the minute's 60 seconds that was recorded, times the share of the camera's recorded hour that
-- was analysed; of several cameras the mean, 0 for one that should have recorded in this hour and has nothing.
with recorded as (
    select camera_id, greatest(starts_at, $starts_at::timestamptz) as starts_at,
           least(ends_at, $ends_at::timestamptz) as ends_at
    from recordings
    where status in ('complete', 'partial') and camera_id in (select camera_id from zone_cameras)
),
recorded_minutes as (
    select camera_id, minute_at,
           least(sum(epoch_us(least(ends_at, minute_at + interval 1 minute))
                     - epoch_us(greatest(starts_at, minute_at))) / 60e6, 1) as share
    from recorded,
         unnest(generate_series(time_bucket(interval 1 minute, starts_at), ends_at, interval 1 minute)) as m(minute_at)
    where starts_at < ends_at and minute_at < ends_at
    group by all
),
analysed as (
    select minute.camera_id, minute_at,
           share * least(hour.analysed_s / (sum(share) over recorded_hour * 60), 1) as coverage
    from recorded_minutes as minute
    left join camera_hours as hour
        on hour.camera_id = minute.camera_id and hour.hour_at = time_bucket(interval 1 hour, minute_at)
    window recorded_hour as (partition by minute.camera_id, time_bucket(interval 1 hour, minute_at))
),
filmed as (
    select distinct zone_id, minute_at from zone_cameras join analysed using (camera_id)
),
zone_minutes as (
    select filmed.zone_id, filmed.minute_at,
           avg(coalesce(analysed.coverage, if(hour.camera_id is null, null, 0))) as coverage
    from filmed join zone_cameras as seen using (zone_id)
    left join analysed on analysed.camera_id = seen.camera_id and analysed.minute_at = filmed.minute_at
    left join camera_hours as hour
        on hour.camera_id = seen.camera_id and hour.hour_at = time_bucket(interval 1 hour, filmed.minute_at)
    group by all
),
visit_minutes as (
    select visit.zone_id, minute_at,
           sum(epoch_us(least(left_at, minute_at + interval 1 minute)) - epoch_us(greatest(entered_at, minute_at)))
               filter (where not is_staff) / 60e6 as people,
           sum(epoch_us(least(left_at, minute_at + interval 1 minute)) - epoch_us(greatest(entered_at, minute_at)))
               filter (where is_staff) / 60e6 as staff
    from visits as visit,
         unnest(generate_series(time_bucket(interval 1 minute, entered_at), left_at, interval 1 minute)) as m(minute_at)
    where minute_at < left_at
    group by all
),
minutes as (
    select zone_id, minute_at, zone_minutes.coverage, coalesce(people, 0) as mean_people,
           coalesce(staff, 0) as mean_staff
    from zone_minutes full join visit_minutes using (zone_id, minute_at)
),
-- at one instant those who leave go first, a minute begins next, then those who enter: stretches are half-open
changes as (
    select zone_id, minute_at as changed_at, 0 as change from minutes
    union all
    select zone_id, entered_at, 1 from visits where not is_staff and entered_at < left_at
    union all
    select zone_id, left_at, -1 from visits where not is_staff and entered_at < left_at
),
levels as (
    select zone_id, changed_at, sum(change) over (
        partition by zone_id order by changed_at, change rows unbounded preceding
    ) as people
    from changes
),
fullest as (
    select zone_id, time_bucket(interval 1 minute, changed_at) as minute_at, max(people) as max_people
    from levels
    group by all
)
select $site_id as site_id, $night::date as night, zone_id, minute_at, mean_people,
       fullest.max_people::int as max_people, mean_staff, coverage
from minutes join fullest using (zone_id, minute_at)
