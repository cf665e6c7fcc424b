-- Where do people go after camera 3
-- The next camera of everybody who was seen by one, or none. Here the site's third camera; put your own camera's id.
with chosen as (select camera_id from cameras order by camera_id limit 1 offset 2),
steps as (
    select camera_id, lead(camera_id) over (partition by night, identity_id order by stay_no) as next_id,
           lead(gap_s) over (partition by night, identity_id order by stay_no) as next_gap_s
    from stays
    where not is_staff
)
select camera_id, coalesce(next_id, 'not seen again') as next_camera, count(*) as people,
       count(*) / sum(count(*)) over () as share, median(next_gap_s) as median_gap_s
from steps semi join chosen using (camera_id)
group by all
order by people desc, next_camera;
