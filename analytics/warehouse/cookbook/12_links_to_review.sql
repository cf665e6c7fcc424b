-- Links to review
-- The links that a person should look at first: those whose probability leaves most room for doubt, accepted or not.
-- `crosscam decide merge` and `crosscam decide split` say what is true.
select night, verdict, tracklet_a, tracklet_b, camera_a, camera_b, probability, similarity, gap_s, rule
from links
where probability < 1 and verdict in ('accepted', 'refused', 'below')
order by abs(probability - 0.5), tracklet_a, tracklet_b
limit 20;
