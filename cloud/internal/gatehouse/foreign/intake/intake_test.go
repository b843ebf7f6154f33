package intake_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

// town is an event that lets another seller's tickets in.
type town struct {
	*testing.T
	*gatestest.World
	office *intake.Office
	scope  foreign.Scope
	event  ticket.EventID
}

func settle(t *testing.T, issuers ...whitelist.Issuer) *town {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	x := &town{T: t, World: w, event: event, office: w.Intake(), scope: foreign.Scope{Organizer: uuid.UUID(organizer), Event: uuid.UUID(event)}}
	w.Exec("INSERT INTO offers (id, organizer_id, event_id, kind, name) VALUES ($1, $2, $3, 1, 'Meia')", uuid.Must(uuid.NewV7()), x.scope.Organizer, x.scope.Event)
	if issuers == nil {
		issuers = []whitelist.Issuer{{Name: "outra"}}
	}
	for _, i := range issuers {
		require.NoError(t, w.Foreign().AddIssuer(t.Context(), x.scope, i))
	}
	return x
}

func (x *town) receive(mode intake.Mode, file string) intake.Import {
	x.Helper()
	i, err := x.office.Receive(x.Context(), x.scope, intake.Upload{Issuer: "outra", Mode: mode, Name: "list.csv", By: "Ana", Body: strings.NewReader(file)})
	require.NoError(x, err)
	return i
}

// carryOut does what a file says, by a worker.
func (x *town) carryOut(mode intake.Mode, file string) intake.Import {
	x.Helper()
	i := x.receive(mode, file)
	_, err := x.office.Execute(x.Context(), i)
	require.NoError(x, err)
	return x.worked(i)
}

func (x *town) worked(i intake.Import) intake.Import {
	x.Helper()
	some, err := x.office.Work(x.Context())
	require.NoError(x, err)
	require.True(x, some)
	i, err = x.office.Get(x.Context(), x.scope, i.ID)
	require.NoError(x, err)
	return i
}

// why is the fate of each skipped line.
func (x *town) why(i intake.Import) map[int]foreign.Why {
	x.Helper()
	skips, err := x.office.Skips(x.Context(), x.scope, i.ID, 0, 10_000)
	require.NoError(x, err)
	why := map[int]foreign.Why{}
	for _, s := range skips {
		why[s.Line] = s.Why
	}
	return why
}

// listed is the state of each code of a seller.
func (x *town) listed(issuer string) map[string]int {
	x.Helper()
	rows, err := x.Pool.Query(context.Background(), "SELECT code, state FROM list_entries WHERE namespace = $1", issuer)
	require.NoError(x, err)
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var code string
		var state int
		require.NoError(x, rows.Scan(&code, &state))
		out[code] = state
	}
	require.NoError(x, rows.Err())
	return out
}

func TestAFileIsTriedFirstAndThenCarriedOut(t *testing.T) {
	x := settle(t)
	i := x.receive(intake.Add, "código;tipo;válido de;válido até;assento\n789001;Meia;22/11/2026 18:00;23/11/2026;Plateia A 12\n789002;0;;;\n789003;VIP;;;\n789004;;31/02/2026;;\n789005;;;;\n")
	assert.Equal(t, intake.Received, i.State)
	assert.Equal(t, intake.Mapping{Format: i.Mapping.Format, Code: 1, Kind: 2, From: 3, Until: 4, Seat: 5}, i.Mapping)
	_, err := x.office.Plan(t.Context(), i)
	require.NoError(t, err)
	planned := x.worked(i)
	assert.Equal(t, intake.Planned, planned.State)
	assert.Equal(t, map[string]int{"add": 3, "unknown_kind": 1, "bad_time": 1}, planned.Counts)
	assert.Empty(t, x.listed("outra"), "a dry run changes nothing")
	assert.Equal(t, map[int]foreign.Why{4: intake.UnknownKind, 5: intake.BadTime}, x.why(planned))

	_, err = x.office.Execute(t.Context(), planned)
	require.NoError(t, err)
	done := x.worked(i)
	assert.Equal(t, intake.Done, done.State)
	assert.Equal(t, planned.Counts, done.Counts)
	assert.Equal(t, map[string]int{"789001": 1, "789002": 1, "789005": 1}, x.listed("outra"))
	var kind, seat, from, until int
	require.NoError(t, x.Pool.QueryRow(t.Context(), "SELECT kind, seat, valid_from, valid_until FROM list_entries WHERE code = '789001'").Scan(&kind, &seat, &from, &until))
	assert.Equal(t, []int{1, 1}, []int{kind, seat})
	assert.Equal(t, 30*60, until-from, "18:00 of one day until the end of the next, in the venue's time")
	facts, err := x.Store.EventFacts(t.Context(), x.event)
	require.NoError(t, err)
	assert.Equal(t, []string{"Plateia A 12"}, facts.Seats, "gates can show the seat")

	_, err = x.office.Execute(t.Context(), done)
	assert.ErrorIs(t, err, intake.ErrNotNow)
	next := x.receive(intake.Add, "código;tipo;válido de;válido até;assento\n789001;Meia;;;\n")
	assert.Equal(t, done.Mapping, next.Mapping, "the seller's mapping is remembered")
}

func TestModesAddReplaceAndWithdraw(t *testing.T) {
	x := settle(t)
	x.carryOut(intake.Add, "a1\na2\na3\n")
	again := x.carryOut(intake.Add, "a1\na2\na3\na4\n")
	assert.Equal(t, map[string]int{"known_already": 3, "add": 1}, again.Counts)

	gone := x.carryOut(intake.Withdraw, "a1\nzz\na1\n")
	assert.Equal(t, map[string]int{"withdraw": 1, "not_known": 1, "duplicate_in_file": 1}, gone.Counts)
	assert.Equal(t, map[string]int{"a1": 2, "a2": 1, "a3": 1, "a4": 1}, x.listed("outra"), "it stays listed as withdrawn, so that gates refuse it")
	assert.Equal(t, map[string]int{"withdrawn_already": 1}, x.carryOut(intake.Withdraw, "a1\n").Counts)

	x.Exec("UPDATE list_entries SET state = 4 WHERE code = 'a2'")
	replaced := x.carryOut(intake.Replace, "a1\na2\na5\n")
	assert.Equal(t, map[string]int{"reinstate": 1, "blocked": 1, "add": 1, "missing": 2}, replaced.Counts)
	assert.Equal(t, map[string]int{"a1": 1, "a2": 4, "a3": 2, "a4": 2, "a5": 1}, x.listed("outra"))

	nothing := x.carryOut(intake.Replace, "1,23E+12\n")
	assert.Equal(t, intake.Failed, nothing.State)
	assert.Equal(t, intake.ErrEmpty.Code, nothing.Fault, "a file of nothing does not withdraw everything")
	assert.Equal(t, 1, x.listed("outra")["a5"])
}

func TestWhatAGateWouldReadTwiceIsSkipped(t *testing.T) {
	x := settle(t, whitelist.Issuer{Name: "outra"}, whitelist.Issuer{Name: "b", Normalise: whitelist.Normalise{DropZeros: true}}, whitelist.Issuer{Name: "c"})
	ours := x.Sell(ticket.EventID(x.scope.Organizer), x.event)
	_, err := x.Foreign().Import(t.Context(), x.scope, "b", []foreign.Line{{Number: 1, Text: "77"}})
	require.NoError(t, err)
	_, err = x.Foreign().Import(t.Context(), x.scope, "c", []foreign.Line{{Number: 1, Text: "088"}})
	require.NoError(t, err)
	i := x.carryOut(intake.Add, ours.ShortShown()+"\n0077\n77\n088\n88\nx\n")
	assert.Equal(t, map[int]foreign.Why{1: foreign.Collides, 2: foreign.Collides, 3: foreign.Collides, 4: foreign.Collides}, x.why(i))
	assert.Equal(t, map[string]int{"88": 1, "x": 1}, x.listed("outra"), "88 under b is 88, which nobody lists")
}

func TestLostZerosAreFoundWhereAllOtherCodesAreAsLong(t *testing.T) {
	x := settle(t)
	var file strings.Builder
	for n := range 95 {
		file.WriteString("78900000000" + string(rune('0'+n/10)) + string(rune('0'+n%10)) + "\n")
	}
	i := x.carryOut(intake.Add, file.String()+"123456789012\nABC\n")
	assert.Equal(t, map[int]foreign.Why{96: intake.LostZeros}, x.why(i))

	free := x.receive(intake.Add, file.String()+"123456789012\n")
	free.Mapping.Digits = -1
	_, err := x.office.Execute(t.Context(), free)
	require.NoError(t, err)
	assert.Equal(t, 1, x.worked(free).Counts["add"], "where any length is right nothing is lost")
}

func TestAJobThatDiedIsTakenUpByAnother(t *testing.T) {
	x := settle(t)
	i := x.receive(intake.Add, "a1\na2\n")
	_, err := x.office.Execute(t.Context(), i)
	require.NoError(t, err)
	_, _, ok, err := x.office.Queue.Claim(t.Context(), uuid.New())
	require.NoError(t, err)
	require.True(t, ok)
	some, err := x.office.Work(t.Context())
	require.NoError(t, err)
	require.False(t, some, "somebody works at it")
	x.Exec("UPDATE imports SET lease_until = now() - interval '1 second'")
	assert.Equal(t, intake.Done, x.worked(i).State)
	assert.Len(t, x.listed("outra"), 2)
	var parts int
	require.NoError(t, x.Pool.QueryRow(t.Context(), "SELECT count(*) FROM import_files").Scan(&parts))
	assert.Zero(t, parts, "the file is forgotten")
}

func TestAWorkerThatStopsMidwayLeavesNothing(t *testing.T) {
	x := settle(t)
	i := x.receive(intake.Add, strings.Repeat("1234567890\n", 20_000)+"a1\n")
	_, err := x.office.Execute(t.Context(), i)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	broken := *x.office
	broken.Table = stopping{x.office.Table, stop}
	_, err = broken.Work(ctx)
	require.Error(t, err)
	assert.Empty(t, x.listed("outra"))
	done := x.worked(i)
	assert.Equal(t, intake.Done, done.State, "it was released, and the next worker does it whole")
	assert.Equal(t, map[string]int{"add": 2, "duplicate_in_file": 19_999}, done.Counts)
}

// stopping is a process that ends after it has written, before it commits.
type stopping struct {
	intake.Table
	stop context.CancelFunc
}

func (s stopping) Write(ctx context.Context, t intake.Task) error {
	err := s.Table.Write(ctx, t)
	s.stop()
	return err
}

func TestAnImportIsCancelledWhileItRuns(t *testing.T) {
	x := settle(t)
	i := x.receive(intake.Add, "a1\n")
	_, err := x.office.Execute(t.Context(), i)
	require.NoError(t, err)
	broken := *x.office
	broken.Table = cancelling{x.office.Table, func() { require.NoError(t, x.office.Cancel(t.Context(), x.scope, i.ID)) }}
	some, err := broken.Work(t.Context())
	require.NoError(t, err)
	require.True(t, some)
	assert.Empty(t, x.listed("outra"))
	got, err := x.office.Get(t.Context(), x.scope, i.ID)
	require.NoError(t, err)
	assert.Equal(t, intake.Cancelled, got.State)
}

type cancelling struct {
	intake.Table
	cancel func()
}

func (c cancelling) Report(ctx context.Context, t intake.Task) error {
	c.cancel()
	return c.Table.Report(ctx, t)
}

func TestNobodyReachesAnothersImport(t *testing.T) {
	x := settle(t)
	i := x.receive(intake.Add, "a1\n")
	stranger := foreign.Scope{Organizer: uuid.UUID(x.Organizer("Outro")), Event: x.scope.Event}
	_, err := x.office.Get(t.Context(), stranger, i.ID)
	assert.ErrorIs(t, err, intake.ErrNone)
	_, err = x.office.Receive(t.Context(), stranger, intake.Upload{Issuer: "outra", Mode: intake.Add, Body: strings.NewReader("1\n")})
	assert.ErrorIs(t, err, foreign.ErrNoEvent)
	_, err = x.office.Settlement(t.Context(), stranger, "outra", "", 10)
	assert.ErrorIs(t, err, foreign.ErrNoEvent)
	theirs := i
	theirs.Scope = stranger
	_, err = x.office.Execute(t.Context(), theirs)
	assert.ErrorIs(t, err, intake.ErrNotNow)
	assert.ErrorIs(t, x.office.Cancel(t.Context(), stranger, i.ID), intake.ErrNone)
}

func TestTheirListIsComparedWithWhoCame(t *testing.T) {
	x := settle(t)
	x.carryOut(intake.Add, "a1\na2\na3\n")
	came := func(code, record string, scan byte, seq int) {
		x.Exec(`INSERT INTO entry_events (venue_id, gate_id, run, seq, organizer_id, hub_id, event_id, type, scan, ref, kind, record, at, lane, body)
			SELECT e.venue_id, 'g', 'r', $4::bigint, e.organizer_id, 'h', e.id, 'x', $3::bytea, l.ref, 0, $2::text, 1000 * $4::bigint, 1, '{}'
			FROM list_entries l JOIN events e ON e.id = l.event_id WHERE l.code = $1`, code, record, []byte{scan}, seq)
	}
	came("a1", "entry", 1, 60)
	came("a2", "entry", 2, 61)
	came("a2", "abort", 2, 62)
	rows, err := x.office.Settlement(t.Context(), x.scope, "outra", "", 10)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	assert.Equal(t, []int{1, 0, 0}, []int{rows[0].Count, rows[1].Count, rows[2].Count}, "who turned back at the gate did not come")
	assert.Equal(t, int64(60), rows[0].First.Unix())
	rest, err := x.office.Settlement(t.Context(), x.scope, "outra", "a1", 1)
	require.NoError(t, err)
	assert.Equal(t, "a2", rest[0].Code)
}
