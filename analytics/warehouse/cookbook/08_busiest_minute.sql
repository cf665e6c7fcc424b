-- Busiest minute of each zone
-- The minute in which most people were there at once; of equally full ones the first.
select zone_id, night, minute_at, minute_at at time zone getvariable('timezone') as minute_local, max_people,
       mean_people
from occupancy_minutely
qualify row_number() over (partition by zone_id order by max_people desc, mean_people desc, minute_at) = 1
order by zone_id;
