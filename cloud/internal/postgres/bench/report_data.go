package bench

import (
	"encoding/binary"
	"fmt"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

// joined is how many messages with records a hub that catches up has stored together: see cloud/internal/broker.
const joined = 64

// arenaStart is when the doors opened, in unix ms.
const arenaStart = 1_795_320_000_000

const arenaHouse = `
WITH o AS (INSERT INTO organizers (id, name, language) VALUES ($1, 'Bench', 'en') RETURNING id),
v AS (INSERT INTO venues (id, organizer_id, name, time_zone) SELECT $2, id, 'Stadium', 'UTC' FROM o RETURNING id, organizer_id),
e AS (INSERT INTO events (id, organizer_id, venue_id, name, doors_at, starts_at, ends_at, currency, state, next_kind)
    SELECT $3, organizer_id, id, 'Night', now(), now() + interval '1 hour', now() + interval '2 hours', 'BRL', 'on_sale', 4 FROM v)
INSERT INTO gates (venue_id, id, organizer_id, name) SELECT v.id, 'gate-' || g, v.organizer_id, 'Gate' FROM v, generate_series(1, $4::int) g`

// dropIndexes and addIndexes are how anybody loads a large table.
const (
	dropIndexes = `DROP INDEX entry_events_page, entry_events_event, entry_events_ref, entry_events_anonymous`
	addIndexes  = `SET LOCAL maintenance_work_mem = '256MB'; -- in the transaction of these statements
CREATE INDEX entry_events_page ON entry_events (organizer_id, txid, position);
CREATE INDEX entry_events_event ON entry_events (organizer_id, event_id, txid, position);
CREATE INDEX entry_events_ref ON entry_events (event_id, ref) WHERE ref IS NOT NULL;
CREATE INDEX entry_events_anonymous ON entry_events (venue_id, gate_id, scan)
    WHERE (ref IS NULL OR event_id IS NULL) AND type IN ('admission', 'leaving')`
)

// arenaRecords is ten hours at many gates: of each twenty records nine people who come in, with their passages, and two
// refusals. OFFSET 0 keeps each step's expressions from being worked out once for every place where they stand.
const arenaRecords = `
INSERT INTO entry_events (venue_id, gate_id, run, seq, organizer_id, hub_id, event_id, type, scan, ref, kind, record, reason, at, lane, checkpoint, body)
SELECT $2::uuid, gate, '1-00000001', seq, $1::uuid, 'hub-1', $3::uuid, type, scan, ref, kind, record, reason, at, 1, door,
    concat('{"gate":"', gate, '","run":"1-00000001","seq":', seq, ',"type":"', type, '","scan":"', hex, '","ref":"', encode(ref, 'hex'), '","event":"', $3::uuid, '","kind":', kind,
        CASE WHEN record <> '' THEN concat(',"record":{"scan":"', hex, '","kind":"', record, '","at":', at, ',"gate":"', gate, '","lane":1,"checkpoint":"', door,
            CASE record WHEN 'entry' THEN '","zone":"stand-1"}' ELSE '"}' END) END,
        CASE WHEN reason <> '' THEN concat(',"reason":"', reason, '"') END,
        ',"at":', at, ',"mono":', seq, ',"clock":"synced","lane":1,"checkpoint":"', door, '","mode":"open","controller":"person-', gate, '"}')::json
FROM (SELECT y.*, encode(scan, 'hex') AS hex, person % 4 AS kind, CASE type WHEN 'admission' THEN 'entry' WHEN 'outcome' THEN 'passed' ELSE '' END AS record,
        CASE type WHEN 'admission' THEN CASE WHEN person % 10 = 0 THEN 'ok_offline' ELSE 'ok' END
            WHEN 'refusal' THEN (ARRAY['already_used', 'unknown', 'wrong_day', 'too_early', 'wrong_zone'])[1 + person % 5] ELSE '' END AS reason
    FROM (SELECT x.*, int8send(person * 2654435761) || int8send(person + 1) AS ref,
            int8send(CASE type WHEN 'refusal' THEN -n ELSE person * 2654435761 END) || int8send(person + 1) AS scan
        FROM (SELECT n, n / $4::int + 1 AS seq, 'gate-' || n % $4 + 1 AS gate, 'door-' || (n % $4) / 4 AS door, ((n / $4 / 2) * $4 + n % $4)::bigint AS person,
                CASE WHEN (n / $4) % 20 >= 18 THEN 'refusal' WHEN (n / $4) % 2 = 0 THEN 'admission' ELSE 'outcome' END AS type,
                1795320000000 + (n::bigint * 36000000 / $5) AS at
            FROM generate_series(0, $5::int - 1) n OFFSET 0) AS x OFFSET 0) AS y OFFSET 0) AS z`

// arenaNumbers is what counting these records gives; a test holds it to Recount.
const arenaNumbers = `
WITH few AS (SELECT at / 300000 AS slot, gate_id, checkpoint, type, reason, kind, count(*) AS n FROM entry_events GROUP BY 1, 2, 3, 4, 5, 6)
INSERT INTO attendance (organizer_id, venue_id, event_id, slot, gate_id, checkpoint, came_from, went_to, what, which, n)
SELECT $1::uuid, $2::uuid, $3::uuid, slot, gate_id, checkpoint, '', CASE c.what WHEN 'in' THEN 'stand-1' ELSE '' END, c.what, c.which, sum(n)
FROM few, LATERAL (VALUES
    (type = 'outcome', 'in', ''), (type = 'admission', 'admitted', reason), (type = 'refusal', 'refused', reason),
    (type = 'admission', 'staff_in', 'person-' || gate_id), (type = 'refusal', 'staff_no', 'person-' || gate_id)) AS c (holds, what, which)
WHERE c.holds GROUP BY 4, 5, 6, 8, 9, 10
UNION ALL SELECT $1::uuid, $2::uuid, $3::uuid, 0, gate_id, '', '', '', 'arrived', kind::text, sum(n) FROM few WHERE type = 'outcome' GROUP BY gate_id, kind`

const arenaArrivals = `
INSERT INTO attendance_arrivals (event_id, ref, door, after, organizer_id)
SELECT $2::uuid, ref, '', '', $1::uuid FROM entry_events WHERE type = 'outcome' ORDER BY ref`

// messages are what eight gates recorded while their hub was away, as it sends them: each gate's in turn.
func (a *arena) messages(life uint32, records int) (out [][]byte, err error) {
	const gates = 8
	for g := range gates {
		var book []wire.Event
		for seq := range records / gates {
			book = append(book, a.record(life, g, seq))
		}
		batches, err := wire.SplitEvents(book)
		if err != nil {
			return nil, err
		}
		for i, b := range batches {
			b.Number = uint64(i + 1) //nolint:gosec // an index
			raw, err := wire.Encode(b)
			if err != nil {
				return nil, err
			}
			out = append(out, raw)
		}
	}
	return out, nil
}

// record is the nth of a gate's life: as the table's are.
func (a *arena) record(life uint32, gate, n int) wire.Event {
	person := n / 2
	e := wire.Event{Gate: fmt.Sprintf("gate-%d", gate+1), Run: wire.Run{Start: life, Random: life}, Seq: uint64(n + 1), Event: ticket.EventID(a.event), Kind: uint16(person % 4), //nolint:gosec // small
		At: arenaStart + int64(n)*1500, Mono: int64(n) * 1500, Clock: admit.Synced, Lane: 1, Checkpoint: fmt.Sprintf("door-%d", gate/4), Mode: "open", Controller: fmt.Sprintf("person-gate-%d", gate+1)}
	binary.BigEndian.PutUint64(e.Ref[:], (uint64(life)<<40|uint64(gate)<<32|uint64(person))*0x9E3779B97F4A7C15) //nolint:gosec // any bytes do
	binary.BigEndian.PutUint64(e.Scan[8:], uint64(life)<<40|uint64(gate)<<32|uint64(person)+1)                  //nolint:gosec // any bytes do
	switch {
	case n%20 >= 18:
		e.Type, e.Reason = wire.Refusal, admit.AlreadyUsed
	case n%2 == 0:
		e.Type, e.Reason, e.Terms = wire.Admission, admit.OK, &admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1}
		e.Record = &admit.Record{Scan: e.Scan, Kind: admit.Entry, At: e.At, Gate: e.Gate, Lane: 1, Checkpoint: e.Checkpoint, Zone: "stand-1"}
	default:
		e.Type = wire.Outcome
		e.Record = &admit.Record{Scan: e.Scan, Kind: admit.Passed, At: e.At, Gate: e.Gate, Lane: 1, Checkpoint: e.Checkpoint}
	}
	return e
}
