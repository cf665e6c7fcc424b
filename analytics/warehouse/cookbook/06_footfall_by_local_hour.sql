-- Footfall by line and local hour
-- Crossings in and out of each line, by the clock on the wall, mean of the nights that have footage of the hour.
select line_id, hour(hour_local) as local_hour, direction, avg(crossings) as mean_crossings,
       sum(crossings)::bigint as crossings, count(crossings) as nights, avg(coverage) as coverage
from footfall_hourly
group by all
order by all;
