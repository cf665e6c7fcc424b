-- identity_presence: who was in a zone without a break: zone_presence with the identity of each.
-- grain: tracklet_id, zone_id, entered_at. A presence that goes on while the tracker goes over to another person is
-- cut there; what follows was not seen to come in, what went before not seen to go out.
create view identity_presence as
select presence.site_id, presence.night, presence.zone_id, presence.camera_id, piece.identity_id,
       presence.tracklet_id, piece.part, greatest(presence.entered_at, piece.from_at) as entered_at,
       least(presence.left_at, piece.until_at) as left_at,
       presence.begins_inside or presence.entered_at < piece.from_at as begins_inside,
       presence.ends_inside or coalesce(piece.until_at < presence.left_at, false) as ends_inside,
       piece.is_staff, piece.is_person, piece.weakest_link
from zone_presence as presence join identity_pieces as piece using (tracklet_id)
where presence.entered_at < coalesce(piece.until_at, 'infinity')
  and (presence.entered_at >= piece.from_at or presence.left_at > piece.from_at);
