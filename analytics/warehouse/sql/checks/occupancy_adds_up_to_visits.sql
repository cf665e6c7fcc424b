-- The integral of a zone's occupancy is the length of its visits: a row is a zone where the two differ by more than
-- rounding, a microsecond for each visit.
select night, zone_id, held.seconds, visited.seconds as visited_seconds
from (
    select night, zone_id, sum(mean_people + mean_staff) * 60 as seconds from occupancy_minutely group by all
) as held
full join (
    select night, zone_id, sum(dwell_s) as seconds, count(*) as visits from visits group by all
) as visited using (night, zone_id)
where abs(coalesce(held.seconds, 0) - coalesce(visited.seconds, 0)) > 1e-6 * (1 + coalesce(visits, 0))
