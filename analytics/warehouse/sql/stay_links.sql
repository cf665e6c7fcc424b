-- stay_links: the accepted links of identities, between their stays. Working table of journeys.
-- grain: a link and the parts that it joins. Tracklets of other nights are of no stay: their number is beyond all.
with beyond as (
    select tracklet_id, (select count(distinct stay_id) from stay_parts) + row_number() over () - 1 as stay_id
    from (
        select tracklet_a as tracklet_id from links where verdict = 'accepted'
        union
        select tracklet_b from links where verdict = 'accepted'
    )
    where tracklet_id not in (select tracklet_id from stay_parts)
),
nodes as (
    select tracklet_id, stay_id, identity_id, is_main from stay_parts
    union all
    select tracklet_id, stay_id, null, true from beyond
)
select a.stay_id as stay_a, b.stay_id as stay_b, link.probability
from links as link
join nodes as a on a.tracklet_id = link.tracklet_a
join nodes as b on b.tracklet_id = link.tracklet_b
where link.verdict = 'accepted' and a.stay_id <> b.stay_id
  and case when a.identity_id is null or b.identity_id is null then a.is_main and b.is_main
      else a.identity_id = b.identity_id end
