-- +goose Up

-- What may enter an event, before it is signed into the event's list. Whoever issues, refunds or imports writes its
-- row here in the same transaction, with epoch NULL ("in no signed list yet"), and notifies list_changed.
CREATE TABLE list_entries (
    event_id     uuid     NOT NULL REFERENCES events (id),
    organizer_id uuid     NOT NULL REFERENCES organizers (id),
    namespace    text     NOT NULL DEFAULT '', -- '' = our tickets, else the issuer's name
    code         text     NOT NULL CHECK (code <> ''), -- ours: ticket id as 16 lower-case hex digits
    ref          bytea    NOT NULL CHECK (octet_length(ref) = 16),
    kind         int      NOT NULL CHECK (kind BETWEEN 0 AND 4095),
    state        smallint NOT NULL CHECK (state BETWEEN 1 AND 4), -- good, revoked, replaced, blocked
    uses         smallint NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND 255),
    group_size   smallint NOT NULL DEFAULT 0 CHECK (group_size BETWEEN 0 AND 255),
    flags        int      NOT NULL DEFAULT 0 CHECK (flags BETWEEN 0 AND 65535),
    seat         int      NOT NULL DEFAULT 0 CHECK (seat >= 0),
    valid_from   int      NOT NULL DEFAULT 0 CHECK (valid_from >= 0), -- unix minutes
    valid_until  int      NOT NULL DEFAULT 0 CHECK (valid_until >= 0), -- unix minutes
    epoch        bigint,
    PRIMARY KEY (event_id, namespace, code),
    -- One row that can't be read would hold up the whole list.
    CONSTRAINT list_entries_code CHECK (CASE WHEN namespace = '' THEN code ~ '^[0-9a-f]{16}$'
        ELSE octet_length(code) <= 512 AND octet_length(namespace) <= 64 END)
);
-- The patch worker's question, asked all day: is anything unsigned?
CREATE INDEX list_entries_unsigned ON list_entries (event_id) WHERE epoch IS NULL;

-- One row per event that has a list: its lock, and the floor under its epochs, which outlives every manifest.
CREATE TABLE lists (
    event_id     uuid   PRIMARY KEY REFERENCES events (id),
    organizer_id uuid   NOT NULL REFERENCES organizers (id),
    epoch        bigint NOT NULL DEFAULT 0,
    good_until   timestamptz NOT NULL DEFAULT 'epoch' -- of the newest manifest
);

-- Signed manifests, with the patch that led to each.
CREATE TABLE manifests (
    event_id   uuid        NOT NULL REFERENCES lists (event_id),
    epoch      bigint      NOT NULL CHECK (epoch > 0),
    raw        bytea       NOT NULL,
    root       bytea       NOT NULL CHECK (octet_length(root) = 32), -- the index blob's name
    rules      bytea       NOT NULL CHECK (octet_length(rules) = 32),
    depth      smallint    NOT NULL,
    entries    bigint      NOT NULL,
    good_until timestamptz NOT NULL,
    patch      bytea, -- NULL: gates compare the root and fetch what differs
    patch_blob bytea CHECK (octet_length(patch_blob) = 32), -- set when the patch is too big for one message
    made_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (event_id, epoch)
);

-- Immutable bytes by SHA-256. The scope (an event or a venue) says whose hubs may fetch them.
CREATE TABLE blobs (
    scope_id uuid  NOT NULL,
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32),
    bytes    bytea NOT NULL,
    stale_at timestamptz, -- since when no current manifest needs it; NULL = needed
    PRIMARY KEY (scope_id, hash)
);
CREATE INDEX blobs_stale ON blobs (stale_at) WHERE stale_at IS NOT NULL;

-- Events whose list must be looked at although no entry changed: new, renamed, offers edited.
CREATE TABLE list_marks (
    event_id uuid PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now()
);

-- +goose Down
DROP TABLE list_marks, blobs, manifests, lists, list_entries;
