-- Coverage holes
-- Hours of which less than nine tenths of what should have been recorded was analysed, and why. Figures of these hours
-- are too low.
select night, camera_id, hour_at, analysed_expected_s / expected_s as coverage,
       expected_s - analysed_expected_s as missing_s, reason
from coverage
where expected_s > 0 and analysed_expected_s < 0.9 * expected_s
order by missing_s desc, camera_id, hour_at;
