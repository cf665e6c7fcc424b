-- origin_destination: from which camera people went on to which, by the hour in which they left the origin. Contract
-- in analytics/marts.py.
-- grain: origin_id, destination_id, night, hour_at. A way is a stay and the identity's next one of the night, by
-- arrival; who comes back to the same camera after a longer break has gone from it to itself. coverage: the lesser of
-- both cameras' in that hour.
create view origin_destination as
with ways as (
    select *, lead(camera_id) over identity as destination_id, lead(gap_s) over identity as next_gap_s,
           lead(link_probability) over identity as next_probability
    from stays
    where not is_staff or coalesce(getvariable('with_staff'), false)
    window identity as (partition by identity_id, night order by stay_no)
),
counted as (
    select site_id, night, camera_id as origin_id, destination_id, time_bucket(interval 1 hour, left_at) as hour_at,
           count(*) as journeys, quantile_cont(next_gap_s, 0.5) as median_s, avg(next_probability) as mean_probability
    from ways
    where destination_id is not null
    group by all
)
select counted.*, least(origin.coverage, destination.coverage) as coverage,
       timezone(getvariable('timezone'), counted.hour_at) as hour_local
from counted
left join camera_hours as origin
    on origin.camera_id = origin_id and origin.night = counted.night and origin.hour_at = counted.hour_at
left join camera_hours as destination
    on destination.camera_id = destination_id and destination.night = counted.night
    and destination.hour_at = counted.hour_at;
