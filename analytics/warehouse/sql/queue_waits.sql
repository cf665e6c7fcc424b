-- queue_waits: how long people waited: visits of the queues that a service zone serves, with the first presence in one
-- of their service zones up to $served_within_us after the visit.
-- grain: identity_id, queue_zone_id, entered_at
with services as (
    select presence.night, presence.identity_id, zone.serves as queue_zone_id, presence.entered_at
    from identity_presence as presence join zones as zone using (zone_id)
    where zone.kind = 'service' and presence.is_person
),
queues as (select distinct serves as zone_id from zones where kind = 'service'),
seen_leaving as (
    select distinct night, identity_id, zone_id, left_at from identity_presence where not ends_inside
),
served as (
    select visit.*, min(service.entered_at) as served_at
    from visits as visit
    join queues using (zone_id)
    left join services as service
        on service.night = visit.night and service.identity_id = visit.identity_id
        and service.queue_zone_id = visit.zone_id
        and epoch_us(service.entered_at)
            between epoch_us(visit.entered_at) and epoch_us(visit.left_at) + $served_within_us
    group by all
)
select served.site_id, served.night, served.identity_id, served.zone_id as queue_zone_id, served.entered_at,
       served.left_at, served.served_at, (epoch_us(served.served_at) - epoch_us(served.entered_at)) / 1e6 as wait_s,
       served.served_at is null and leaving.left_at is not null as left_unserved, served.is_censored, served.is_staff
from served left join seen_leaving as leaving using (night, identity_id, zone_id, left_at)
