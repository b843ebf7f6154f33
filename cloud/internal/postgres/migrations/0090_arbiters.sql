-- +goose Up

-- The cloud as the arbiter of a venue that has no hub. Fence rises with each process that takes the venue over, and every
-- transaction of an arbiter begins by looking at it: one that was paused and wakes commits nothing more. Until says only
-- when another process may try; it protects nothing.
CREATE TABLE arbiters (
    venue_id     uuid PRIMARY KEY REFERENCES venues (id) ON DELETE CASCADE,
    organizer_id uuid   NOT NULL REFERENCES organizers (id),
    fence        bigint NOT NULL DEFAULT 0,
    holder       text   NOT NULL DEFAULT '', -- the process; '' = nobody
    until        timestamptz NOT NULL DEFAULT 'epoch',
    term         bigint NOT NULL DEFAULT 0,  -- above every hub's that the venue had when the cloud took over
    memory       jsonb,                      -- venue.Memory
    homes        jsonb                       -- whitelist.Homes in force
);

-- What the arbiter's core keeps beside records: the gates that it knows, and grants that are neither used nor released.
CREATE TABLE arbiter_gates (
    venue_id uuid NOT NULL REFERENCES arbiters (venue_id) ON DELETE CASCADE,
    gate_id  text NOT NULL,
    body     jsonb NOT NULL,
    PRIMARY KEY (venue_id, gate_id)
);
CREATE TABLE arbiter_grants (
    venue_id uuid  NOT NULL REFERENCES arbiters (venue_id) ON DELETE CASCADE,
    scan     bytea NOT NULL CHECK (octet_length(scan) = 16),
    body     jsonb NOT NULL,
    PRIMARY KEY (venue_id, scan)
);

-- Telephones and scanners that ask over the API: gates of their own. Owner is the key or the person that a name belongs to.
CREATE TABLE scan_devices (
    venue_id     uuid NOT NULL REFERENCES venues (id) ON DELETE CASCADE,
    id           text NOT NULL CHECK (id ~ '^phone-[a-z0-9-]{1,24}$'),
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    owner        text NOT NULL,
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, id)
);

-- What was answered to each scan, for who sends it again and for what follows it.
CREATE TABLE scans (
    organizer_id uuid  NOT NULL REFERENCES organizers (id),
    scan         bytea NOT NULL CHECK (octet_length(scan) = 16),
    venue_id     uuid  NOT NULL REFERENCES venues (id) ON DELETE CASCADE,
    device       text  NOT NULL,
    request      bytea NOT NULL CHECK (octet_length(request) = 32), -- SHA-256
    ask          jsonb NOT NULL, -- what was read, as it was looked up
    answer       jsonb NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, scan)
);
CREATE INDEX scans_at ON scans (at);

-- +goose Down
DROP TABLE scans, scan_devices, arbiter_grants, arbiter_gates, arbiters;
