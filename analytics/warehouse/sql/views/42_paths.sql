-- paths: the ways that people took, the most frequent first. Contract in analytics/figures.py.
-- grain: night, places, path. places is cameras (stays, in order of arrival) or zones (visits, in order of entering).
-- A place that follows itself is told once. A path has its first eight places; longer ones end in '...' and are counted
-- together. rank counts from 1; equally frequent paths share it.
create view paths as
with stops as (
    select site_id, night, identity_id, stop_no, if(zone_id is null, 'cameras', 'zones') as places,
           coalesce(zone_id, camera_id) as place_id, arrived_at, left_at
    from journeys
    where not is_staff or coalesce(getvariable('with_staff'), false)
),
changes as (
    select *, place_id is distinct from lag(place_id) over (
        partition by night, identity_id, places order by stop_no
    ) as is_change
    from stops
),
walked as (
    select site_id, night, identity_id, places, list(place_id order by stop_no) filter (where is_change) as way,
           (epoch_us(max(left_at)) - epoch_us(min(arrived_at))) / 1e6 as duration_s
    from changes
    group by site_id, night, identity_id, places
),
counted as (
    select site_id, night, places,
           array_to_string(way[1:8], ' > ') || if(len(way) > 8, ' > ...', '') as path,
           least(len(any_value(way)), 8)::int as stops, count(*) as journeys,
           quantile_cont(duration_s, 0.5) as median_s
    from walked
    group by all
)
select counted.*, rank() over (partition by night, places order by journeys desc)::int as rank,
       journeys / sum(journeys) over (partition by night, places) as share, site.coverage
from counted left join site_nights as site using (night);
