-- visitor_spots: which parts were in which zone, in the night (hour_at null) and in each hour. Working table of the
-- count of zones' visitors.
-- grain: zone_id, hour_at, number
with places as (
    select zone_id, number, entered_at, left_at
    from identity_presence join visitor_parts using (tracklet_id, part)
)
select distinct zone_id, null::timestamptz as hour_at, number from places
union all
select distinct zone_id, hour_at, number
from places,
     unnest(generate_series(time_bucket(interval 1 hour, entered_at), left_at, interval 1 hour)) as hour(hour_at)
where hour_at < left_at or hour_at = time_bucket(interval 1 hour, entered_at)
order by zone_id, hour_at nulls first, number
