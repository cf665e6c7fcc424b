-- Whoever went in over a line goes out next: a row is a crossing of one tracklet in the direction of its last one.
select tracklet_id, line_id, crossed_at, direction
from (
    select *, lag(direction) over (partition by tracklet_id, line_id order by crossed_at) as direction_before
    from line_crossings
)
where direction = direction_before
