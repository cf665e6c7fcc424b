-- queue_hourly: length of a queue and how long people waited in it, by the hour in which they joined it. Contract in
-- analytics/figures.py.
-- grain: queue_zone_id, night, hour_at. Waits are those of people who were served; who was still queueing when the
-- footage or the tracklet ended is neither served nor unserved. Only queues that a service zone serves have rows.
create view queue_hourly as
with waited as (
    select night, queue_zone_id as zone_id, time_bucket(interval 1 hour, entered_at) as hour_at, count(*) as joined,
           count(wait_s) as served, quantile_cont(wait_s, 0.5) as median_wait_s,
           quantile_cont(wait_s, 0.9) as p90_wait_s,
           avg(left_unserved::int) filter (where left_unserved or wait_s is not null) as unserved_share,
           avg(is_censored::int) as censored_share
    from queue_waits
    where not is_staff or coalesce(getvariable('with_staff'), false)
    group by all
),
queues as (select distinct serves as zone_id from zones where kind = 'service')
select hour.site_id, night, zone_id as queue_zone_id, hour_at, hour.mean_people as mean_length,
       hour.max_people as max_length, coalesce(waited.joined, if(hour.max_people is null, null, 0)) as joined,
       coalesce(waited.served, if(hour.max_people is null, null, 0)) as served, waited.median_wait_s,
       waited.p90_wait_s, waited.unserved_share, waited.censored_share, hour.coverage, hour.hour_local
from occupancy_hourly as hour join queues using (zone_id) left join waited using (night, zone_id, hour_at);
