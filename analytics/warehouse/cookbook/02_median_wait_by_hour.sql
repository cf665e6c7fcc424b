-- Median wait by hour
-- From joining a queue to being served, by the local hour in which people joined. People who left unserved have no
-- wait; censored waits began or ended out of sight, so that the true ones are longer.
select queue_zone_id, time_bucket(interval 1 hour, entered_at at time zone getvariable('timezone')) as hour_local,
       count(*) as joined, count(wait_s) as served, median(wait_s) as median_wait_s,
       count_if(left_unserved) as left_unserved, count_if(is_censored) as censored
from queue_waits
where not is_staff
group by all
order by all;
