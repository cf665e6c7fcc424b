-- The most people at one instant are no fewer than the mean of the minute: a row is a minute where they are.
select night, zone_id, minute_at, mean_people, max_people
from occupancy_minutely
where max_people < mean_people - 1e-9 or (max_people > 0 and mean_people <= 0)
