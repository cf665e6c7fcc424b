-- dwell_hourly: how long the visits of a zone lasted, by the hour in which they began. Contract in analytics/marts.py.
-- grain: zone_id, night, hour_at. A censored visit counts with what was seen of it, so that quantiles are lower bounds
-- where censored_share is large. An hour in which nothing was analysed has null visits and coverage 0.
create view dwell_hourly as
with counted as (
    select site_id, night, zone_id, time_bucket(interval 1 hour, entered_at) as hour_at, count(*) as visits,
           quantile_cont(dwell_s, 0.5) as median_s, quantile_cont(dwell_s, 0.9) as p90_s,
           avg(is_censored::int) as censored_share
    from visits
    where not is_staff or coalesce(getvariable('with_staff'), false)
    group by all
)
select coalesce(expected.site_id, counted.site_id) as site_id, night, zone_id, hour_at,
       coalesce(counted.visits, if(expected.is_seen, 0, null)) as visits, counted.median_s, counted.p90_s,
       counted.censored_share, expected.coverage, timezone(getvariable('timezone'), hour_at) as hour_local
from zone_hours as expected full join counted using (night, zone_id, hour_at);
