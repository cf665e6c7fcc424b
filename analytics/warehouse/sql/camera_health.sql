-- camera_health: how each camera did in a night.
-- grain: camera_id. Cameras of the site file, and others that recordings or coverage name.
with cameras_known as (
    select camera_id from cameras
    union
    select camera_id from recordings where camera_id is not null
    union
    select camera_id from coverage
),
files as (
    select camera_id, count(*) as recordings, count(*) filter (where status = 'partial') as partial,
           count(*) filter (where status in ('quarantined', 'unparsed')) as quarantined,
           coalesce(sum(gap_before_s) filter (where gap_before_s > 0), 0) as gaps_s,
           count(*) filter (where time_ambiguous) as ambiguous
    from recordings group by camera_id
),
hours as (
    select camera_id, sum(corrupt_frames)::bigint as corrupt_frames,
           sum(analysed_expected_s) / nullif(sum(expected_s), 0) as coverage
    from coverage group by camera_id
),
tracked as (select camera_id, count(*) as tracklets from tracklets group by camera_id),
told as (
    select camera_id, coalesce(recordings, 0) as recordings, coalesce(partial, 0) as partial,
           coalesce(quarantined, 0) as quarantined, coalesce(gaps_s, 0) as gaps_s, coalesce(ambiguous, 0) as ambiguous,
           coalesce(corrupt_frames, 0) as corrupt_frames, coverage, coalesce(tracklets, 0) as tracklets, floor_error_m
    from cameras_known
    left join files using (camera_id) left join hours using (camera_id) left join tracked using (camera_id)
    left join floor_errors using (camera_id)
)
select $site_id as site_id, $night::date as night, camera_id, recordings, partial, quarantined, gaps_s,
       corrupt_frames, coverage, tracklets, floor_error_m,
       nullif(concat_ws('; ',
           if(recordings = 0, 'no recordings', null),
           if(quarantined > 0, format('{} of {} files could not be used', quarantined, recordings), null),
           if(partial > 0, format('{} of {} files were used in part', partial, recordings), null),
           -- a hundredth of a night is 14 minutes; below it are cuts between files
           if(coverage < 0.99, format('{:.0f} % of the expected time was analysed', floor(coverage * 100)), null),
           if(ambiguous > 0, format('{} files have a start that the clocks show twice or never', ambiguous), null),
           if(corrupt_frames > 0, format('{} damaged frames', corrupt_frames), null),
           if(recordings > quarantined and tracklets = 0, 'nobody was seen', null),
           -- people stand about half a metre apart: a plan that is off by more puts them in each other's place
           if(floor_error_m > 0.5, format('its floor points are {:.1f} m off the plan', floor_error_m), null)
       ), '') as notes
from told
