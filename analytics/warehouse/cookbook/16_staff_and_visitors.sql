-- Staff and visitors
-- How many identities of each there are, how many cameras saw them, and how long they were in sight. Staff are those
-- that `crosscam decide staff` named.
select night, if(is_staff, 'staff', 'visitor') as who, count(distinct identity_id) as people,
       count(distinct camera_id) as cameras, sum(stay_s) / 60 as minutes_in_sight
from stays
group by all
order by all;
