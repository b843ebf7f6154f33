-- +goose Up

-- Numbers of people and scans, kept in the transaction that stores the records they come from (see cloud/internal/
-- attendance). A row is one number: what is counted, at which gate and door, on which way, in which five minutes.
CREATE TABLE attendance (
    event_id     uuid   NOT NULL, -- zero = of no event: codes that nobody knows, words of machines
    venue_id     uuid   NOT NULL,
    slot         bigint NOT NULL, -- of five minutes, counted from 1970, by the gate's clock
    gate_id      text   NOT NULL,
    checkpoint   text   NOT NULL,
    came_from    text   NOT NULL, -- zone; '' = outside
    went_to      text   NOT NULL,
    what         text   NOT NULL,
    which        text   NOT NULL, -- reason, kind or controller
    organizer_id uuid   NOT NULL,
    n            bigint NOT NULL,
    PRIMARY KEY (event_id, venue_id, slot, gate_id, checkpoint, came_from, went_to, what, which)
) WITH (fillfactor = 70); -- a number is changed many times in its five minutes

-- Which places of a right's history somebody has taken: the first row of a right is its arrival, a place that is taken
-- twice makes it doubtful.
CREATE TABLE attendance_arrivals (
    event_id     uuid  NOT NULL,
    ref          bytea NOT NULL,
    door         text  NOT NULL, -- zone of a door inside the venue; '' = the outer doors
    after        bytea NOT NULL, -- the scan that it follows; '' = the first
    organizer_id uuid  NOT NULL,
    PRIMARY KEY (event_id, ref, door, after)
);

-- Rights that may have let in too many people: all that do are among them once their passages are here. Which of them
-- do is derived from their records.
CREATE TABLE attendance_doubts (
    event_id     uuid  NOT NULL,
    ref          bytea NOT NULL,
    organizer_id uuid  NOT NULL,
    PRIMARY KEY (event_id, ref)
);

-- Ends of scans whose beginning is not here yet: a gate's older run may come after its newer one.
CREATE TABLE attendance_loose (
    venue_id     uuid   NOT NULL,
    gate_id      text   NOT NULL,
    scan         bytea  NOT NULL,
    run          text   NOT NULL,
    seq          bigint NOT NULL,
    organizer_id uuid   NOT NULL,
    PRIMARY KEY (venue_id, gate_id, scan, run, seq)
);

-- Work that the next start of the cloud does first.
CREATE TABLE attendance_due (what text PRIMARY KEY);
INSERT INTO attendance_due SELECT 'recount' WHERE EXISTS (SELECT FROM entry_events);

-- The beginnings of scans of codes that nobody knows, which no index by right finds.
CREATE INDEX entry_events_anonymous ON entry_events (venue_id, gate_id, scan)
    WHERE (ref IS NULL OR event_id IS NULL) AND type IN ('admission', 'leaving');

-- +goose Down
DROP INDEX entry_events_anonymous;
DROP TABLE attendance_due, attendance_loose, attendance_doubts, attendance_arrivals, attendance;
