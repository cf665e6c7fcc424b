-- paths: the ways that people took, the most frequent first. Contract in analytics/figures.py.
-- grain: night, places, path. places is cameras (stays, in order of arrival) or zones (visits, in order of entering).
-- A place that follows itself is told once. A path has its first eight places; longer ones end in '...' and are counted
-- together. rank counts from 1; equally frequent paths share it.
create view paths as
with walked as (
    select any_value(site_id) as site_id, night, identity_id, if(zone_id is null, 'cameras', 'zones') as places,
           list(coalesce(zone_id, camera_id) order by stop_no) as stops,
           (epoch_us(max(left_at)) - epoch_us(min(arrived_at))) / 1e6 as duration_s
    from journeys
    where not is_staff or coalesce(getvariable('with_staff'), false)
    group by night, identity_id, places
),
changed as (
    select *, list_filter(stops, lambda place, number: number = 1 or place <> stops[number - 1]) as way
    from walked
),
counted as (
    select site_id, night, places,
           array_to_string(way[1:8], ' > ') || if(len(way) > 8, ' > ...', '') as path,
           least(len(any_value(way)), 8)::int as stops, count(*) as journeys,
           quantile_cont(duration_s, 0.5) as median_s
    from changed
    group by all
)
select counted.*, rank() over (partition by night, places order by journeys desc)::int as rank,
       journeys / sum(journeys) over (partition by night, places) as share, site.coverage
from counted left join site_nights as site using (night);
