-- crossings_with_identity: who went over which line: line_crossings with identity and class of each. Contract in
-- analytics/figures.py.
-- grain: tracklet_id, line_id, crossed_at. identity_id is null where the night was not linked.
-- is_repeat: a line on the floor plan may be seen by several cameras. Of an identity's crossings in one direction that
-- follow each other within 2 s (the clocks' tolerance in linking) in different cameras, all but the first.
create view crossings_with_identity as
with named as (
    select crossing.site_id, crossing.night, crossing.line_id, crossing.camera_id, crossing.crossed_at,
           crossing.direction, crossing.tracklet_id, piece.identity_id,
           coalesce(piece.class_name, tracklet.class_name) as class_name, coalesce(piece.is_staff, false) as is_staff,
           coalesce(piece.is_person, tracklet.class_name = 'person', true) as is_person
    from line_crossings as crossing
    left join tracklets as tracklet using (tracklet_id)
    left join identity_pieces as piece
        on piece.tracklet_id = crossing.tracklet_id
        and (crossing.crossed_at >= piece.from_at or piece.part = 0)
        and crossing.crossed_at < coalesce(piece.until_at, 'infinity')
)
select *, coalesce(
    identity_id is not null and camera_id <> lag(camera_id) over crossings
    and epoch_us(crossed_at) - epoch_us(lag(crossed_at) over crossings) <= 2000000, false) as is_repeat
from named
window crossings as (partition by night, line_id, identity_id, direction order by crossed_at, tracklet_id);
