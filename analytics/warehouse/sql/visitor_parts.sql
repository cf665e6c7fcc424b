-- visitor_parts: the parts of people's tracklets, and those of other nights that links name, numbered from 0. Working
-- table of the count of zones' visitors.
-- grain: tracklet_id, part. counts: it is enough to be a person alone. is_left_out: staff, and what is no person.
with parts as (
    select tracklet_id, part, identity_id, is_main, not is_weak as counts, is_staff or not is_person as is_left_out
    from identity_pieces
    where class_name = 'person'
),
named as (
    select tracklet_a as tracklet_id from links where verdict in ('accepted', 'below', 'refused')
    union
    select tracklet_b from links where verdict in ('accepted', 'below', 'refused')
)
select *, row_number() over (order by tracklet_id, part) - 1 as number
from (
    select * from parts
    union all
    select tracklet_id, 0, null, true, false, false
    from named anti join identity_pieces using (tracklet_id)
)
