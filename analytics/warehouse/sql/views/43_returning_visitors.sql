-- site_visits: the times that somebody came to the site: stays without a break of more than 30 minutes between them, or
-- of more than the variable return_gap_s (seconds).
-- grain: identity_id, visit_no. visit_no counts from 0 through all nights on which the identity is known, which are
-- those of one window of linking (linking.window_nights).
create view site_visits as
with marked as (
    select *, coalesce(
        epoch_us(arrived_at) - max(epoch_us(left_at)) over (
            partition by identity_id order by arrived_at, left_at, camera_id
            rows between unbounded preceding and 1 preceding
        ) > coalesce(getvariable('return_gap_s'), 1800) * 1e6, false) as is_return
    from stays
),
numbered as (
    select *, count(*) filter (where is_return) over (
        partition by identity_id order by arrived_at, left_at, camera_id rows unbounded preceding
    )::int as visit_no
    from marked
)
select site_id, min(night) as night, identity_id, visit_no, min(arrived_at) as arrived_at, max(left_at) as left_at,
       count(distinct camera_id)::int as cameras, bool_or(is_staff) as is_staff
from numbered
group by site_id, identity_id, visit_no;

-- returning_visitors: how many of a night's people had been on the site before and had left it for longer than the gap.
-- Contract in analytics/figures.py.
-- grain: night. Before means in the same night or an earlier one of the same window of linking. Identities are
-- counted: a missed link makes two visitors of one who returned, so that the share is a lower bound.
create view returning_visitors as
with visited as (
    select *, (epoch_us(arrived_at) - epoch_us(lag(left_at) over (partition by identity_id order by visit_no))) / 1e6
        as away_s
    from site_visits
    where not is_staff or coalesce(getvariable('with_staff'), false)
)
select visited.site_id, night, count(distinct identity_id) as identities,
       count(distinct identity_id) filter (where visit_no > 0) as returned,
       count(distinct identity_id) filter (where visit_no > 0) / count(distinct identity_id) as share,
       quantile_cont(away_s, 0.5) as median_away_s, any_value(site.coverage) as coverage
from visited left join site_nights as site using (night)
group by visited.site_id, night;
