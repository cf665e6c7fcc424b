-- Cutting presences where a tracker went over to another person loses and adds no time: a row is a presence whose parts
-- are not as long as the whole.
select tracklet_id, zone_id, part.seconds, whole.seconds as whole_seconds
from (
    select presence.tracklet_id, presence.zone_id, sum(epoch_us(left_at) - epoch_us(entered_at)) / 1e6 as seconds
    from zone_presence as presence semi join identity_members using (tracklet_id)
    group by all
) as whole
left join (
    select tracklet_id, zone_id, sum(epoch_us(left_at) - epoch_us(entered_at)) / 1e6 as seconds
    from identity_presence group by all
) as part using (tracklet_id, zone_id)
where part.seconds is distinct from whole.seconds
