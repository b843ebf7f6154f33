-- +goose Up

-- A person belongs to no organizer: grants say for whom somebody works.
CREATE TABLE people (
    id         uuid PRIMARY KEY,
    email      text NOT NULL UNIQUE CHECK (email = lower(email) AND char_length(email) BETWEEN 3 AND 254),
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    language   text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35), -- BCP 47
    password   text NOT NULL DEFAULT '', -- argon2id; '' = none
    totp       bytea,                    -- sealed secret; NULL = no second factor
    totp_step  bigint NOT NULL DEFAULT 0, -- the last one used: a code is good once
    created_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
    person_id uuid  NOT NULL REFERENCES people ON DELETE CASCADE,
    hash      bytea NOT NULL CHECK (octet_length(hash) = 32),
    used_at   timestamptz,
    PRIMARY KEY (person_id, hash)
);

CREATE TABLE passkeys (
    id         uuid PRIMARY KEY,
    person_id  uuid  NOT NULL REFERENCES people ON DELETE CASCADE,
    name       text  NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    credential bytea NOT NULL UNIQUE, -- its id
    record     jsonb NOT NULL,        -- public key, counter, flags
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX ON passkeys (person_id);

-- Only hashes of cookies and links are kept: a stolen backup opens no session.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    person_id    uuid NOT NULL REFERENCES people ON DELETE CASCADE,
    organizer_id uuid REFERENCES organizers, -- whose desk is open
    half         boolean NOT NULL,           -- the second factor is missing
    strong       boolean NOT NULL,
    opened_at    timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    proved_at    timestamptz NOT NULL,
    agent        text NOT NULL,
    address      text NOT NULL
);
CREATE INDEX ON sessions (person_id);
CREATE INDEX ON sessions (expires_at);

CREATE TABLE devices (
    person_id uuid  NOT NULL REFERENCES people ON DELETE CASCADE,
    hash      bytea NOT NULL CHECK (octet_length(hash) = 32),
    known_at  timestamptz NOT NULL,
    PRIMARY KEY (person_id, hash)
);

-- What a link in a mail, or a half-done passkey ceremony, stands for.
CREATE TABLE tokens (
    hash    bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind    text  NOT NULL,
    content bytea NOT NULL,
    until   timestamptz NOT NULL
);
CREATE INDEX ON tokens (until);

-- Attempts to sign in, by what is counted: an account, an address, both, or a device.
CREATE TABLE login_failures (
    key      text PRIMARY KEY,
    attempts int NOT NULL DEFAULT 0,
    at       timestamptz NOT NULL,
    until    timestamptz NOT NULL
);
CREATE INDEX ON login_failures (at);

CREATE TABLE role_grants (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    person_id    uuid NOT NULL REFERENCES people,
    role         text NOT NULL,
    venue_id     uuid,
    event_id     uuid,
    given_by     uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    FOREIGN KEY (organizer_id, venue_id) REFERENCES venues (organizer_id, id),
    FOREIGN KEY (organizer_id, event_id) REFERENCES events (organizer_id, id),
    CHECK (venue_id IS NULL OR event_id IS NULL),
    CONSTRAINT role_grants_once UNIQUE NULLS NOT DISTINCT (organizer_id, person_id, role, venue_id, event_id)
);
CREATE INDEX ON role_grants (person_id);

CREATE TABLE invitations (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    email        text NOT NULL,
    language     text NOT NULL,
    role         text NOT NULL,
    venue_id     uuid,
    event_id     uuid,
    invited_by   uuid NOT NULL REFERENCES people,
    created_at   timestamptz NOT NULL,
    until        timestamptz NOT NULL,
    settled_at   timestamptz,
    accepted     boolean NOT NULL DEFAULT false,
    FOREIGN KEY (organizer_id, venue_id) REFERENCES venues (organizer_id, id),
    FOREIGN KEY (organizer_id, event_id) REFERENCES events (organizer_id, id)
);
CREATE INDEX ON invitations (organizer_id, id);

-- The hash chain of who did what: one for each organizer, and the platform's own under the zero id.
CREATE TABLE audit_heads (
    organizer_id uuid PRIMARY KEY,
    seq          bigint NOT NULL,
    hash         bytea  NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE TABLE audit (
    organizer_id uuid   NOT NULL,
    seq          bigint NOT NULL CHECK (seq > 0),
    at           timestamptz NOT NULL,
    who          text NOT NULL,
    what         text NOT NULL,
    subject      text NOT NULL,
    detail       text NOT NULL,
    address      text NOT NULL,
    prev         bytea NOT NULL CHECK (octet_length(prev) = 32),
    hash         bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (organizer_id, seq)
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- Mails to send; gone once a server has taken them.
CREATE TABLE mails (
    id         uuid PRIMARY KEY,
    letter     jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    try_at     timestamptz NOT NULL,
    tried      int NOT NULL DEFAULT 0,
    fault      text NOT NULL DEFAULT ''
);
CREATE INDEX ON mails (try_at);

-- A table of the desk as somebody likes to see it.
CREATE TABLE saved_views (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    person_id    uuid NOT NULL REFERENCES people ON DELETE CASCADE,
    page         text NOT NULL CHECK (char_length(page) BETWEEN 1 AND 60),
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    query        text NOT NULL CHECK (char_length(query) <= 2000),
    UNIQUE (organizer_id, person_id, page, name)
);

-- +goose Down
DROP TABLE saved_views, mails, audit, audit_heads, invitations, role_grants, login_failures, tokens, devices,
    sessions, passkeys, recovery_codes, people;
