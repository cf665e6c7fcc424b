-- stays: the stays in the cameras' views: journeys without the visits of zones. Contract in analytics/figures.py.
-- grain: identity_id, night, stay_no. stay_no counts from 0 each night, by arrival.
create view stays as
select site_id, night, identity_id,
       row_number() over (partition by identity_id, night order by stop_no)::int - 1 as stay_no, stop_no, camera_id,
       arrived_at, left_at, (epoch_us(left_at) - epoch_us(arrived_at)) / 1e6 as stay_s, gap_s, link_probability,
       weakest_link, is_staff
from journeys
where zone_id is null;
