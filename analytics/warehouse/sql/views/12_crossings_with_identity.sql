-- crossings_with_identity: who went over which line: line_crossings with identity and class of each.
-- grain: tracklet_id, line_id, crossed_at. identity_id is null where the night was not linked.
create view crossings_with_identity as
select crossing.site_id, crossing.night, crossing.line_id, crossing.camera_id, crossing.crossed_at,
       crossing.direction, crossing.tracklet_id, piece.identity_id,
       coalesce(piece.class_name, tracklet.class_name) as class_name, coalesce(piece.is_staff, false) as is_staff,
       coalesce(piece.is_person, tracklet.class_name = 'person', true) as is_person
from line_crossings as crossing
left join tracklets as tracklet using (tracklet_id)
left join identity_pieces as piece
    on piece.tracklet_id = crossing.tracklet_id
    and (crossing.crossed_at >= piece.from_at or piece.part = 0)
    and crossing.crossed_at < coalesce(piece.until_at, 'infinity');
