-- No second of presence is lost on the way to visits: a row is a presence of a person that no visit holds.
select presence.night, presence.identity_id, presence.zone_id, presence.entered_at
from identity_presence as presence
left join visits as visit
    on visit.night = presence.night and visit.identity_id = presence.identity_id and visit.zone_id = presence.zone_id
    and visit.entered_at <= presence.entered_at and presence.left_at <= visit.left_at
where presence.is_person and visit.identity_id is null
