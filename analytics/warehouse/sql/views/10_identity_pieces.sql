-- identity_pieces: which identity each part of a tracklet shows, and what is known of the identity.
-- grain: tracklet_id, part. A tracklet shows one identity (part 0), or two when its tracker went over to another
-- person at switched_at: the longer part is identity_id's, the other one other_identity_id's.
-- from_at, until_at: the part, [from_at, until_at); until_at is null for a tracklet's last part.
create view identity_pieces as
with members as (
    select member.site_id, member.night, member.tracklet_id, member.camera_id, member.is_weak, member.identity_id,
           member.other_identity_id, member.switched_at, tracklet.class_name, tracklet.starts_at, tracklet.ends_at,
           -- as linking decides whose row it is: of equally long parts the first
           epoch_us(member.switched_at) - 1 - epoch_us(tracklet.starts_at)
               >= epoch_us(tracklet.ends_at) - epoch_us(member.switched_at) as is_first_longer
    from identity_members as member join tracklets as tracklet using (tracklet_id)
),
parts as (
    select * exclude (identity_id, other_identity_id), 0 as part, starts_at as from_at, switched_at as until_at,
           case when other_identity_id is null or is_first_longer then identity_id else other_identity_id
           end as identity_id,
           other_identity_id is null or is_first_longer as is_main
    from members
    union all by name
    select * exclude (identity_id, other_identity_id), 1 as part, switched_at as from_at, null as until_at,
           case when is_first_longer then other_identity_id else identity_id end as identity_id,
           not is_first_longer as is_main
    from members where other_identity_id is not null
)
select part.site_id, part.night, part.tracklet_id, part.part, part.identity_id, part.camera_id, part.class_name,
       part.from_at, part.until_at, part.ends_at, part.is_main, part.is_weak, identity.weakest_link,
       coalesce(identity.is_staff, false) as is_staff,
       part.class_name = 'person' and coalesce(identity.is_person, true) as is_person
from parts as part left join identities as identity using (identity_id, night);
