-- +goose Up

-- Each gate as its hub last told of it: the heartbeat of a big venue comes in several messages, each about some gates.
CREATE TABLE hub_gates (
    hub_id  text NOT NULL REFERENCES hubs (id),
    gate_id text NOT NULL,
    state   json NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (hub_id, gate_id)
);

-- +goose Down
DROP TABLE hub_gates;
