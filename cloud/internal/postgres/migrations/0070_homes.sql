-- +goose Up

-- The gates at which rights are at home under the policy home; none = every gate at the door that a hub has told of.
ALTER TABLE checkpoints ADD COLUMN home_gates text[] NOT NULL DEFAULT '{}';

-- The homes that the newest manifest names, with the epoch that changed them last.
ALTER TABLE venue_manifests ADD COLUMN homes jsonb;

CREATE TRIGGER marks AFTER INSERT OR UPDATE OR DELETE ON gate_lanes FOR EACH ROW EXECUTE FUNCTION venue_part_marks();

-- +goose Down
DROP TRIGGER marks ON gate_lanes;
ALTER TABLE venue_manifests DROP COLUMN homes;
ALTER TABLE checkpoints DROP COLUMN home_gates;
