-- footfall_hourly: how often people went over a line, by hour and direction. Contract in analytics/marts.py.
-- grain: line_id, night, hour_at, direction. Who goes in twice counts twice. An hour in which nothing was analysed has
-- null crossings and coverage 0; an hour that nobody expected and nobody recorded has no row.
create view footfall_hourly as
with counted as (
    select site_id, night, line_id, time_bucket(interval 1 hour, crossed_at) as hour_at, direction,
           count(*) as crossings
    from crossings_with_identity
    where is_person and not is_repeat and (not is_staff or coalesce(getvariable('with_staff'), false))
    group by all
),
expected as (
    select hour.*, way.direction from line_hours as hour cross join (values ('in'), ('out')) as way(direction)
)
select coalesce(expected.site_id, counted.site_id) as site_id, night, line_id, hour_at, direction,
       coalesce(counted.crossings, if(expected.is_seen, 0, null)) as crossings, expected.coverage,
       timezone(getvariable('timezone'), hour_at) as hour_local
from expected full join counted using (night, line_id, hour_at, direction);
