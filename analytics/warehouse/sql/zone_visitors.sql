-- unique_visitors of zones: the counted ones, and 0 for nights and hours in which a zone was filmed and nobody came.
-- grain: scope, scope_id, period, period_at. A zone has no row for a time in which nothing was analysed.
with seen as (
    select zone_id, null::timestamptz as hour_at, is_seen, coverage from zone_nights
    union all
    select zone_id, hour_at, is_seen, coverage from zone_hours
),
told as (
    select coalesce(seen.zone_id, counted.zone_id) as zone_id,
           coalesce(seen.hour_at, counted.hour_at) as hour_at, seen.coverage, counted.estimate, counted.lower,
           counted.upper
    from (select * from seen where is_seen) as seen
    full join visitors_counted as counted
        on counted.zone_id = seen.zone_id and counted.hour_at is not distinct from seen.hour_at
)
select $site_id as site_id, $night::date as night, 'zone' as scope, zone_id as scope_id,
       if(hour_at is null, 'night', 'hour') as period, coalesce(hour_at, $starts_at::timestamptz) as period_at,
       coalesce(estimate, 0) as estimate, coalesce(lower, 0) as lower, coalesce(upper, 0) as upper, coverage
from told
