-- Top 10 paths
-- The ways people took from camera to camera, over all nights, the most frequent first. Say places = 'zones' for the
-- ways between zones.
select path, sum(journeys)::int as journeys, sum(journeys) / sum(sum(journeys)) over () as share
from paths
where places = 'cameras'
group by path
order by journeys desc, path
limit 10;
