-- How long a zone was crowded
-- Minutes with five or more people at once, by zone and night, of the minutes that were recorded.
select zone_id, night, count_if(max_people >= 5) as crowded_minutes, count(*) as recorded_minutes,
       max(max_people) as most_at_once
from occupancy_minutely
group by all
order by all;
