-- Stops are numbered from 0 without a gap, by arrival: a row is a stop out of order.
select night, identity_id, stop_no, arrived_at
from (
    select *, lag(arrived_at) over journey as arrived_before_at, row_number() over journey - 1 as expected_no
    from journeys
    window journey as (partition by night, identity_id order by stop_no)
)
where stop_no <> expected_no or arrived_at < arrived_before_at
