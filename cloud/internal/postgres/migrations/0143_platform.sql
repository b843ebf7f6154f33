-- +goose Up

-- People who run the platform. They hold no role with any organizer by it.
CREATE TABLE platform_operators (
    person_id uuid PRIMARY KEY REFERENCES people ON DELETE CASCADE,
    made_by   text NOT NULL,
    made_at   timestamptz NOT NULL
);

-- Organizers who may not sell for now. Their gates go on.
CREATE TABLE suspensions (
    organizer_id uuid PRIMARY KEY REFERENCES organizers,
    why          text NOT NULL CHECK (char_length(why) BETWEEN 1 AND 500),
    made_by      text NOT NULL,
    made_at      timestamptz NOT NULL
);

-- An organizer's own requests, and buyers', read suspensions and write none.
-- +goose StatementBegin
CREATE FUNCTION forbid_tenants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user IN ('portaria_tenant', 'portaria_shop') THEN
        RAISE EXCEPTION '% is written by the platform', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- +goose StatementEnd
CREATE TRIGGER by_platform BEFORE INSERT OR UPDATE OR DELETE ON suspensions FOR EACH ROW EXECUTE FUNCTION forbid_tenants();

-- From when on everybody who works for the organizer needs a second factor; NULL = whoever wants one.
ALTER TABLE organizers ADD COLUMN second_factor_from timestamptz;

-- +goose Down
ALTER TABLE organizers DROP COLUMN second_factor_from;
DROP TABLE suspensions, platform_operators;
DROP FUNCTION forbid_tenants;
