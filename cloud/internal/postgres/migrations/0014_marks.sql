-- +goose Up

-- Whoever changes what gates obey, by whatever way, leaves a mark in the same transaction; the gatehouse takes the
-- mark away in the transaction that signs the new list or venue manifest. The mark's row is locked until the change
-- commits (DO UPDATE, not DO NOTHING), so a signer can't take it away while it doesn't see the change yet.

-- +goose StatementBegin
CREATE FUNCTION mark_list(event uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO list_marks (event_id) VALUES (event) ON CONFLICT (event_id) DO UPDATE SET at = now();
    SELECT pg_notify('list_changed', event::text);
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION mark_venue(venue uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO venue_marks (venue_id) VALUES (venue) ON CONFLICT (venue_id) DO UPDATE SET at = now();
    SELECT pg_notify('venue_changed', venue::text);
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION event_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_list(NEW.id);
    PERFORM mark_venue(NEW.venue_id);
    IF TG_OP = 'UPDATE' AND OLD.venue_id <> NEW.venue_id THEN
        PERFORM mark_venue(OLD.venue_id);
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER marks_new AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION event_marks();
CREATE TRIGGER marks AFTER UPDATE OF name, venue_id, doors_at, starts_at, ends_at ON events
    FOR EACH ROW EXECUTE FUNCTION event_marks();

-- +goose StatementBegin
CREATE FUNCTION list_part_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_list(CASE WHEN TG_OP = 'DELETE' THEN OLD.event_id ELSE NEW.event_id END);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER marks_new AFTER INSERT OR DELETE ON offers FOR EACH ROW EXECUTE FUNCTION list_part_marks();
CREATE TRIGGER marks AFTER UPDATE OF kind, name, admits, uses, reentry_after, flags, zones, valid_from,
    valid_until ON offers FOR EACH ROW EXECUTE FUNCTION list_part_marks();
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON issuers FOR EACH ROW EXECUTE FUNCTION list_part_marks();

-- +goose StatementBegin
CREATE FUNCTION venue_part_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_venue(CASE WHEN TG_OP = 'DELETE' THEN OLD.venue_id ELSE NEW.venue_id END);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON zones FOR EACH ROW EXECUTE FUNCTION venue_part_marks();
-- A change of hours updates its checkpoint too.
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION venue_part_marks();
CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON controllers FOR EACH ROW EXECUTE FUNCTION venue_part_marks();

-- +goose StatementBegin
CREATE FUNCTION venue_self_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_venue(NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER marks_new AFTER INSERT ON venues FOR EACH ROW EXECUTE FUNCTION venue_self_marks();
CREATE TRIGGER marks AFTER UPDATE OF name, time_zone ON venues FOR EACH ROW EXECUTE FUNCTION venue_self_marks();

-- A key's scope is an event or a venue; a mark on what doesn't exist is taken away unseen.
-- +goose StatementBegin
CREATE FUNCTION key_marks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mark_list(NEW.scope_id);
    PERFORM mark_venue(NEW.scope_id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- The first key needs no mark: the list's first build makes it or finds it.
CREATE TRIGGER marks AFTER INSERT OR UPDATE ON signing_keys FOR EACH ROW WHEN (NEW.key_id > 0 OR NEW.listed_only)
    EXECUTE FUNCTION key_marks();

-- +goose Down
DROP TRIGGER marks ON signing_keys;
DROP TRIGGER marks ON venues;
DROP TRIGGER marks_new ON venues;
DROP TRIGGER marks ON controllers;
DROP TRIGGER marks ON checkpoints;
DROP TRIGGER marks ON zones;
DROP TRIGGER marks ON issuers;
DROP TRIGGER marks ON offers;
DROP TRIGGER marks_new ON offers;
DROP TRIGGER marks ON events;
DROP TRIGGER marks_new ON events;
DROP FUNCTION key_marks, venue_self_marks, venue_part_marks, list_part_marks, event_marks, mark_venue, mark_list;
