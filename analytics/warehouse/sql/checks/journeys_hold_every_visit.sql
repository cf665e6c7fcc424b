-- A journey has each visit once: a row is a visit that is missing, or a stop that is no visit.
(
    select night, identity_id, zone_id, entered_at, left_at from visits
    except all
    select night, identity_id, zone_id, arrived_at, left_at from journeys where zone_id is not null
)
union all
(
    select night, identity_id, zone_id, arrived_at, left_at from journeys where zone_id is not null
    except all
    select night, identity_id, zone_id, entered_at, left_at from visits
)
