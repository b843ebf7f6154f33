-- +goose Up

-- The incarnation in which this database began. When it is another one now, the database has been restored since, and what it gave away
-- after that backup it does not remember.
ALTER TABLE cloud_identity ADD COLUMN born text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE cloud_identity DROP COLUMN born;
