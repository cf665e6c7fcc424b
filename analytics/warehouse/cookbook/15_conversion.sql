-- Conversion from entrance to service
-- Of those who came in through a zone of kind entrance, how many were in a service zone later that night.
with came as (
    select night, identity_id, min(entered_at) as came_at
    from visits join zones using (zone_id)
    where kind = 'entrance' and not is_staff
    group by all
),
served as (
    select night, identity_id, max(entered_at) as served_at
    from visits join zones using (zone_id)
    where kind = 'service' and not is_staff
    group by all
)
select night, count(*) as came, count(*) filter (served_at >= came_at) as served,
       count(*) filter (served_at >= came_at) / count(*) as conversion
from came left join served using (night, identity_id)
group by night
order by night;
