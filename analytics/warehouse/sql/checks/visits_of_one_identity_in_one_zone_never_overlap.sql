-- Two visits of one identity in one zone are at least apart: a row is a visit that begins before the one before ends.
select night, identity_id, zone_id, entered_at
from (
    select *, max(left_at) over (
        partition by night, identity_id, zone_id order by entered_at, left_at
        rows between unbounded preceding and 1 preceding
    ) as left_before_at
    from visits
)
where entered_at < left_before_at
