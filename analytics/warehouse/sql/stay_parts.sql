-- stay_parts: the parts of tracklets with the stay in the camera's view that each belongs to; breaks of at most
-- $stay_gap_us are bridged. Working table of journeys.
-- grain: tracklet_id, part. stay_id counts all stays from 0, identity by identity in order of arrival.
-- A tracklet's last point stands for the time until the camera's next frame. Of the frames' distance the tracklets
-- tell: their duration by their points, the least in ten, because frames that miss a point make it too long.
with frames as (
    select night, camera_id,
           quantile_disc((epoch_us(ends_at) - epoch_us(starts_at)) / (point_count - 1), 0.1)::bigint as frame_us
    from tracklets
    where point_count > 1
    group by all
),
parts as (
    select part.*, coalesce(
        part.until_at, part.ends_at + to_microseconds(coalesce(frames.frame_us, 0))
    ) as left_at
    from identity_pieces as part left join frames using (night, camera_id)
    where part.is_person
),
marked as (
    select *, epoch_us(from_at) - max(epoch_us(left_at)) over (
        partition by night, identity_id, camera_id order by from_at, left_at, tracklet_id, part
        rows between unbounded preceding and 1 preceding
    ) as break_us
    from parts
),
numbered as (
    select *, count(*) filter (where break_us > $stay_gap_us) over (
        partition by night, identity_id, camera_id order by from_at, left_at, tracklet_id, part
        rows unbounded preceding
    ) as stay_no
    from marked
),
bounds as (
    select *, min(from_at) over stay as arrived_at, max(left_at) over stay as stay_left_at
    from numbered
    window stay as (partition by night, identity_id, camera_id, stay_no)
)
select site_id, night, tracklet_id, part, is_main, identity_id, camera_id, arrived_at, stay_left_at as left_at,
       dense_rank() over (order by night, identity_id, arrived_at, camera_id) - 1 as stay_id, is_staff, weakest_link
from bounds
