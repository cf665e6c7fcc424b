-- visitor_links: what could join these parts, each with its probability. Working table of the count of zones' visitors.
-- grain: a link and the parts that it joins. A candidate that its own pair made infeasible joins nothing.
select a.number as a, b.number as b, link.probability, link.verdict = 'accepted' as is_accepted
from links as link
join visitor_parts as a on a.tracklet_id = link.tracklet_a
join visitor_parts as b on b.tracklet_id = link.tracklet_b
where link.verdict in ('accepted', 'below', 'refused') and a.number <> b.number
  and case when link.verdict = 'accepted' and a.identity_id = b.identity_id then true
      when link.verdict = 'accepted' and a.identity_id is not null and b.identity_id is not null then false
      else a.is_main and b.is_main end
order by a, b
