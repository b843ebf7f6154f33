-- +goose Up

-- Files of other sellers' codes, and what became of each. Whoever holds the lease works at it.
CREATE TABLE imports (
    id           uuid   PRIMARY KEY,
    organizer_id uuid   NOT NULL REFERENCES organizers (id),
    event_id     uuid   NOT NULL,
    issuer       text   NOT NULL,
    mode         text   NOT NULL CHECK (mode IN ('add', 'replace', 'withdraw')),
    state        text   NOT NULL CHECK (state IN ('received', 'checking', 'planned', 'writing', 'done', 'failed', 'cancelled')),
    file_name    text   NOT NULL,
    bytes        bigint NOT NULL CHECK (bytes > 0),
    mapping      jsonb  NOT NULL,
    made_by      text   NOT NULL,
    made_at      timestamptz NOT NULL,
    ended_at     timestamptz,
    step         text   NOT NULL DEFAULT '',
    lines_done   int    NOT NULL DEFAULT 0,
    lines        int    NOT NULL DEFAULT 0,
    counts       jsonb  NOT NULL DEFAULT '{}', -- {fate: lines}
    fault        text   NOT NULL DEFAULT '',
    worker       uuid,
    lease_until  timestamptz,
    tries        int    NOT NULL DEFAULT 0,
    FOREIGN KEY (event_id, issuer) REFERENCES issuers (event_id, name)
);
CREATE INDEX imports_event ON imports (event_id, made_at);
CREATE INDEX imports_due ON imports (made_at) WHERE state IN ('checking', 'writing');

-- The files as they came, in parts, until the import is over.
CREATE TABLE import_files (
    import_id    uuid  NOT NULL,
    part         int   NOT NULL CHECK (part >= 0),
    organizer_id uuid  NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (import_id, part)
);
ALTER TABLE import_files ALTER COLUMN bytes SET STORAGE EXTERNAL; -- packing it would cost more than it saves

-- Line by line what was skipped, and why. No reference to imports: a million checks of one row that can't go.
CREATE TABLE import_skips (
    import_id    uuid NOT NULL,
    line         int  NOT NULL,
    organizer_id uuid NOT NULL,
    text         text NOT NULL,
    why          text NOT NULL,
    PRIMARY KEY (import_id, line)
);

-- How a seller's files are mapped, for the next one, at whatever event.
CREATE TABLE import_mappings (
    organizer_id uuid  NOT NULL REFERENCES organizers (id),
    issuer       text  NOT NULL,
    mapping      jsonb NOT NULL,
    PRIMARY KEY (organizer_id, issuer)
);

-- Labels of seats that gates show; list_entries.seat is the number.
CREATE TABLE event_seats (
    event_id     uuid NOT NULL REFERENCES events (id),
    number       int  NOT NULL CHECK (number BETWEEN 1 AND 50000),
    organizer_id uuid NOT NULL REFERENCES organizers (id),
    label        text NOT NULL CHECK (octet_length(label) BETWEEN 1 AND 64),
    PRIMARY KEY (event_id, number),
    UNIQUE (event_id, label)
);

-- +goose Down
DROP TABLE event_seats, import_mappings, import_skips, import_files, imports;
