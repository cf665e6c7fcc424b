-- visits: one row for each identity, zone and stay in it; breaks of at most $visit_gap_us are bridged.
-- grain: identity_id, zone_id, entered_at
with presences as (
    select *, epoch_us(entered_at) - max(epoch_us(left_at)) over (
        partition by night, identity_id, zone_id order by entered_at, left_at, tracklet_id, part
        rows between unbounded preceding and 1 preceding
    ) as break_us
    from identity_presence
    where is_person
),
numbered as (
    select *, count(*) filter (where break_us > $visit_gap_us) over (
        partition by night, identity_id, zone_id order by entered_at, left_at, tracklet_id, part
        rows unbounded preceding
    ) as visit_no
    from presences
),
bounds as (
    select *, min(entered_at) over visit as first_at, max(left_at) over visit as last_at
    from numbered
    window visit as (partition by night, identity_id, zone_id, visit_no)
)
select site_id, night, identity_id, zone_id, min(camera_id) filter (where entered_at = first_at) as camera_id,
       first_at as entered_at, last_at as left_at, (epoch_us(last_at) - epoch_us(first_at)) / 1e6 as dwell_s,
       -- of two cameras that see the zone one may see what the other does not
       bool_and(begins_inside) filter (where entered_at = first_at)
           or bool_and(ends_inside) filter (where left_at = last_at) as is_censored,
       any_value(weakest_link) as min_link, bool_or(is_staff) as is_staff
from bounds
group by site_id, night, identity_id, zone_id, visit_no, first_at, last_at
