-- Dwell by zone: median, nine in ten, censored
-- How long visits lasted. A censored visit began or ended out of sight and counts with what was seen: where the share
-- is large the figures are lower bounds.
select zone_id, count(*) as visits, median(dwell_s) as median_s, quantile_cont(dwell_s, 0.9) as p90_s,
       avg(is_censored::int) as censored_share
from visits
where not is_staff
group by zone_id
order by zone_id;
