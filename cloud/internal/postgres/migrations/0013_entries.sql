-- +goose Up

-- Every journal record that gates brought, refusals too. The key is the event id: gate (within its venue), run, seq.
CREATE TABLE entry_events (
    venue_id     uuid   NOT NULL,
    gate_id      text   NOT NULL,
    run          text   NOT NULL,
    seq          bigint NOT NULL CHECK (seq > 0),
    organizer_id uuid   NOT NULL,
    hub_id       text   NOT NULL,
    event_id     uuid,
    type         text   NOT NULL,
    scan         bytea,
    ref          bytea,
    kind         int    NOT NULL,
    record       text   NOT NULL DEFAULT '', -- entry, passed, abort, unknown, forced, exit
    reason       text   NOT NULL DEFAULT '',
    at           bigint NOT NULL, -- unix ms, the gate's clock
    lane         int    NOT NULL,
    checkpoint   text   NOT NULL DEFAULT '',
    body         json   NOT NULL, -- the record as it came; json, since jsonb refuses what scanners read (\u0000)
    received_at  timestamptz NOT NULL DEFAULT now(),
    -- Readers page by (txid, position) below the oldest running transaction, so a late commit is never jumped over.
    txid         bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    position     bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (venue_id, gate_id, run, seq)
);
CREATE INDEX entry_events_page ON entry_events (organizer_id, txid, position);
CREATE INDEX entry_events_event ON entry_events (organizer_id, event_id, txid, position);
CREATE INDEX entry_events_ref ON entry_events (event_id, ref) WHERE ref IS NOT NULL;

-- Up to which seq every record of a run is here. Moves in the transaction that stores the records.
CREATE TABLE watermarks (
    venue_id uuid   NOT NULL,
    gate_id  text   NOT NULL,
    run      text   NOT NULL,
    seq      bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, gate_id, run)
);

-- Records that can't be understood: kept as they came, their seq acknowledged, a person told.
CREATE TABLE quarantine (
    venue_id     uuid   NOT NULL,
    gate_id      text   NOT NULL,
    run          text   NOT NULL,
    seq          bigint NOT NULL,
    organizer_id uuid   NOT NULL,
    hub_id       text   NOT NULL,
    why          text   NOT NULL,
    body         bytea  NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, gate_id, run, seq)
);

-- +goose Down
DROP TABLE quarantine, watermarks, entry_events;
