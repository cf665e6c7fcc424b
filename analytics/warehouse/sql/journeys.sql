-- journeys: the stays in the cameras' views and the visits of zones of each identity, in order of arrival.
-- grain: identity_id, night, stop_no
with stays as (
    select distinct site_id, night, identity_id, camera_id, null::varchar as zone_id, arrived_at, left_at, stay_id,
           is_staff, weakest_link
    from stay_parts
),
told as (
    select stays.* exclude (stay_id), joined.probability as link_probability,
           (epoch_us(arrived_at) - lag(epoch_us(left_at)) over (
               partition by night, identity_id order by arrived_at, camera_id
           )) / 1e6 as gap_s
    from stays left join stay_joins as joined using (stay_id)
),
stops as (
    select * from told
    union all by name
    select site_id, night, identity_id, camera_id, zone_id, entered_at as arrived_at, left_at, is_staff,
           min_link as weakest_link
    from visits
)
select site_id, night, identity_id,
       (row_number() over (
           partition by night, identity_id
           order by arrived_at, zone_id is not null, coalesce(zone_id, camera_id)
       ) - 1)::int as stop_no,
       camera_id, zone_id, arrived_at, left_at, gap_s, link_probability, weakest_link, is_staff
from stops
