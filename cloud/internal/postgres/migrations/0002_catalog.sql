-- +goose Up

CREATE TABLE venues (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    address      text NOT NULL DEFAULT '',
    time_zone    text NOT NULL, -- IANA
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organizer_id, id)
);

-- One date. next_kind only rises, so that the number of an offer is never used again.
CREATE TABLE events (
    id           uuid PRIMARY KEY,
    organizer_id uuid NOT NULL REFERENCES organizers,
    venue_id     uuid NOT NULL,
    name         text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    description  text NOT NULL DEFAULT '',
    doors_at     timestamptz NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    currency     text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    state        text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'on_sale', 'stopped', 'cancelled')),
    next_kind    int NOT NULL DEFAULT 0 CHECK (next_kind BETWEEN 0 AND 4094),
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organizer_id, id),
    FOREIGN KEY (organizer_id, venue_id) REFERENCES venues (organizer_id, id),
    CONSTRAINT events_times CHECK (doors_at <= starts_at AND starts_at < ends_at)
);
CREATE INDEX ON events (venue_id, starts_at);
CREATE INDEX ON events (starts_at, id) WHERE state = 'on_sale';

-- What can be bought for an event, and what the gates must know of it (see Kind in edge/whitelist).
CREATE TABLE offers (
    id            uuid PRIMARY KEY,
    organizer_id  uuid NOT NULL,
    event_id      uuid NOT NULL,
    kind          int NOT NULL CHECK (kind BETWEEN 0 AND 4093), -- index in the event's rules; never reused
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    max_per_order int NOT NULL DEFAULT 10 CHECK (max_per_order BETWEEN 1 AND 100),
    closed        boolean NOT NULL DEFAULT false, -- no longer sold; its tickets stay good
    admits        text NOT NULL DEFAULT 'single' CHECK (admits IN ('single', 'daily', 'reentry')),
    uses          int NOT NULL DEFAULT 1 CHECK (uses BETWEEN 1 AND 255),
    reentry_after int NOT NULL DEFAULT 0 CHECK (reentry_after BETWEEN 0 AND 1440), -- minutes
    group_size    int NOT NULL DEFAULT 1 CHECK (group_size BETWEEN 1 AND 255),     -- people per code
    flags         int NOT NULL DEFAULT 0 CHECK (flags BETWEEN 0 AND 65535),        -- whitelist.Flags
    zones         text[] NOT NULL DEFAULT '{}',                                    -- zone ids; empty = any
    valid_from    timestamptz,
    valid_until   timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (event_id, kind),
    UNIQUE (organizer_id, id),
    FOREIGN KEY (organizer_id, event_id) REFERENCES events (organizer_id, id),
    CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from < valid_until)
);

-- A change of price is a new row; the newest holds.
CREATE TABLE offer_prices (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    offer_id uuid NOT NULL REFERENCES offers,
    price    bigint NOT NULL CHECK (price BETWEEN 0 AND 100000000), -- minor units of the event's currency
    since    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON offer_prices (offer_id, id DESC);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON offer_prices
    FOR EACH ROW EXECUTE FUNCTION forbid_change();

-- How many places there are. The CHECKs make overselling impossible, whatever the code does. A place is one person:
-- a group code of 4 takes 4 of the event's, and one of the offer's.
CREATE TABLE event_stock (
    event_id uuid PRIMARY KEY REFERENCES events,
    capacity int NOT NULL,
    held     int NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold     int NOT NULL DEFAULT 0 CHECK (sold >= 0),
    CONSTRAINT event_never_oversold CHECK (held + sold <= capacity)
);
CREATE TABLE offer_stock (
    offer_id uuid PRIMARY KEY REFERENCES offers,
    event_id uuid NOT NULL REFERENCES event_stock,
    capacity int, -- NULL = only the event's own limit
    held     int NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold     int NOT NULL DEFAULT 0 CHECK (sold >= 0),
    CONSTRAINT offer_never_oversold CHECK (capacity IS NULL OR held + sold <= capacity)
);
