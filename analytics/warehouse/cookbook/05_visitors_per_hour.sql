-- Visitors per hour, with their interval
-- How many different people the site saw, staff left out, with the bounds of the 90 % interval and the share of the
-- time that was analysed. Hours cannot be added up: who stays for two is in both.
select night, period_at as hour_at, period_at at time zone getvariable('timezone') as hour_local, estimate, lower,
       upper, coverage
from unique_visitors
where scope = 'site' and period = 'hour'
order by hour_at;
