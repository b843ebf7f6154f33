-- +goose Up
-- What is withdrawn and unsigned is looked for before everything else, in every round.
CREATE INDEX list_entries_withdrawn ON list_entries (event_id) WHERE epoch IS NULL AND state <> 1;

-- +goose Down
DROP INDEX list_entries_withdrawn;
