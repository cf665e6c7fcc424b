-- Who went from the entrance to the checkout within 10 minutes
-- People of the entrance zone who were in a queue or service zone at most 10 minutes after leaving the entrance. Put
-- ids of your own zones in place of the kinds, and your own minutes.
with entered as (
    select night, identity_id, left_at, min_link
    from visits join zones using (zone_id)
    where kind = 'entrance' and not is_staff
),
at_checkout as (
    select night, identity_id, entered_at
    from visits join zones using (zone_id)
    where kind in ('queue', 'service') and not is_staff
)
select night, identity_id, max(left_at) as left_entrance_at, entered_at as at_checkout_at,
       epoch(entered_at - max(left_at)) as took_s, any_value(min_link) as weakest_link
from entered join at_checkout using (night, identity_id)
where entered_at >= left_at and entered_at <= left_at + interval 10 minutes
group by night, identity_id, entered_at
-- of several ways from the entrance to the checkout the quickest
qualify row_number() over (partition by night, identity_id order by took_s, entered_at) = 1
order by took_s, identity_id;
