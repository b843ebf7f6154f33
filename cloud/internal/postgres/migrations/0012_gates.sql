-- +goose Up

CREATE TABLE zones (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    venue_id     uuid NOT NULL REFERENCES venues (id),
    name         text NOT NULL,
    parent_id    uuid,
    capacity     int  NOT NULL DEFAULT 0 CHECK (capacity >= 0), -- 0 = not limited
    UNIQUE (venue_id, name),
    UNIQUE (venue_id, id),
    FOREIGN KEY (venue_id, parent_id) REFERENCES zones (venue_id, id)
);

CREATE TABLE checkpoints (
    id             uuid PRIMARY KEY,
    organizer_id   uuid NOT NULL REFERENCES organizers (id),
    venue_id       uuid NOT NULL REFERENCES venues (id),
    name           text NOT NULL,
    direction      text NOT NULL CHECK (direction IN ('in', 'out', 'both')),
    from_zone      uuid,
    to_zone        uuid,
    events         uuid[] NOT NULL DEFAULT '{}', -- empty = every event of the venue
    kinds          jsonb  NOT NULL DEFAULT '[]', -- [{event, kind}], empty = every kind
    mode           text NOT NULL CHECK (mode IN ('open', 'closed', 'drill', 'evacuation')),
    policy         text NOT NULL CHECK (policy IN ('strict', 'home', 'free')),
    budget_minutes int  NOT NULL DEFAULT 0 CHECK (budget_minutes >= 0),
    budget_entries int  NOT NULL DEFAULT 0 CHECK (budget_entries >= 0),
    unlisted       text NOT NULL CHECK (unlisted IN ('admit', 'ask', 'refuse')),
    needs_staff    boolean NOT NULL DEFAULT false,
    ask_millis     int  NOT NULL DEFAULT 0 CHECK (ask_millis >= 0),
    pass_seconds   int  NOT NULL DEFAULT 0 CHECK (pass_seconds >= 0),
    no_contact     boolean NOT NULL DEFAULT false,
    stale_ask      boolean NOT NULL DEFAULT false,
    language       text NOT NULL DEFAULT '',
    UNIQUE (venue_id, name),
    UNIQUE (venue_id, id),
    FOREIGN KEY (venue_id, from_zone) REFERENCES zones (venue_id, id),
    FOREIGN KEY (venue_id, to_zone) REFERENCES zones (venue_id, id)
);

-- When a checkpoint is open; none = always.
CREATE TABLE checkpoint_hours (
    checkpoint_id uuid NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
    opens_at      timestamptz NOT NULL,
    closes_at     timestamptz NOT NULL,
    PRIMARY KEY (checkpoint_id, opens_at),
    CHECK (closes_at > opens_at)
);

CREATE TABLE controllers (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    venue_id     uuid NOT NULL REFERENCES venues (id),
    name         text NOT NULL, -- stays here: gates know the id only
    badge        text NOT NULL, -- badge's ticket id as 16 hex digits
    supervisor   boolean NOT NULL DEFAULT false,
    checkpoints  uuid[]  NOT NULL DEFAULT '{}', -- empty = all
    retired_at   timestamptz,
    UNIQUE (venue_id, badge)
);

-- A hub's id is its name on the broker, so it is unique over all organizers.
CREATE TABLE hubs (
    id           text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,32}$'),
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    venue_id     uuid NOT NULL REFERENCES venues (id),
    name         text NOT NULL,
    token_hash   bytea NOT NULL, -- SHA-256 of a 256-bit token
    state        json, -- its last heartbeat; json, since jsonb refuses \u0000 and a hub must not stall on one
    seen_at      timestamptz,
    made_at      timestamptz NOT NULL DEFAULT now(),
    retired_at   timestamptz
);
CREATE INDEX hubs_venue ON hubs (venue_id);

-- A gate is a name within its venue: two organizers may both have a gate-1.
CREATE TABLE gates (
    venue_id     uuid NOT NULL REFERENCES venues (id),
    id           text NOT NULL CHECK (id ~ '^[a-z0-9-]{1,32}$'),
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    name         text NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, id)
);

CREATE TABLE gate_lanes (
    venue_id      uuid NOT NULL,
    gate_id       text NOT NULL,
    lane          int  NOT NULL CHECK (lane BETWEEN 1 AND 64),
    checkpoint_id uuid NOT NULL,
    PRIMARY KEY (venue_id, gate_id, lane),
    FOREIGN KEY (venue_id, gate_id) REFERENCES gates (venue_id, id) ON DELETE CASCADE,
    FOREIGN KEY (venue_id, checkpoint_id) REFERENCES checkpoints (venue_id, id)
);

-- Other sellers of an event, whose barcodes are imported.
CREATE TABLE issuers (
    event_id     uuid NOT NULL REFERENCES events (id),
    name         text NOT NULL,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    normalise    jsonb NOT NULL, -- fixed once codes are imported: it makes the keys
    kind         int  NOT NULL CHECK (kind BETWEEN 0 AND 4093),
    pretix       bytea[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (event_id, name)
);

-- What each import did, line by line for what it skipped.
CREATE TABLE import_reports (
    id           uuid PRIMARY KEY,
    event_id     uuid NOT NULL,
    issuer       text NOT NULL,
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    made_at      timestamptz NOT NULL DEFAULT now(),
    lines        int NOT NULL,
    imported     int NOT NULL,
    skipped      jsonb NOT NULL, -- [{line, code, why}], the first thousand
    skips        int NOT NULL,
    FOREIGN KEY (event_id, issuer) REFERENCES issuers (event_id, name)
);

-- The signed venue manifest in force, and the floor under its epochs.
CREATE TABLE venue_manifests (
    venue_id     uuid   PRIMARY KEY REFERENCES venues (id),
    organizer_id uuid   NOT NULL REFERENCES organizers (id),
    epoch        bigint NOT NULL DEFAULT 0,
    raw          bytea,
    blob         bytea, -- set when it is too big for one message
    content      bytea, -- SHA-256 of what it says, without epoch and times
    good_until   timestamptz
);

CREATE TABLE venue_marks (
    venue_id uuid PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE venue_marks, venue_manifests, import_reports, issuers, gate_lanes, gates, hubs, controllers,
    checkpoint_hours, checkpoints, zones;
