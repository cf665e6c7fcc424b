-- occupancy_hourly: how full a zone was, by hour. Contract in analytics/figures.py.
-- grain: zone_id, night, hour_at. mean_people is the mean of the hour's recorded minutes. Nothing is extrapolated: what
-- was not analysed of a minute counts as empty. An hour without footage has null figures and coverage 0. Staff stand in
-- a column.
create view occupancy_hourly as
with counted as (
    select site_id, night, zone_id, time_bucket(interval 1 hour, minute_at) as hour_at,
           avg(mean_people) as mean_people, avg(mean_staff) as mean_staff,
           max(max_people) as max_people, arg_max(minute_at, (max_people, -epoch_us(minute_at))) as fullest_at
    from occupancy_minutely
    group by all
)
select coalesce(expected.site_id, counted.site_id) as site_id, night, zone_id, hour_at, counted.mean_people,
       counted.max_people, if(counted.max_people > 0, counted.fullest_at, null) as fullest_at, counted.mean_staff,
       expected.coverage, timezone(getvariable('timezone'), hour_at) as hour_local
from zone_hours as expected full join counted using (night, zone_id, hour_at);
