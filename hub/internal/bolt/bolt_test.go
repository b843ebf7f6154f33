package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/venue"
	"portaria/edge/whitelist"
	"portaria/edge/wire"
	"portaria/hub/internal/bolt"
)

var (
	first  = wire.Run{Start: 1, Random: 5}
	second = wire.Run{Start: 2, Random: 6}
	ref    = whitelist.Ref{7}
	single = admit.Terms{Use: whitelist.UseSingle, Uses: 1, Group: 1}
)

func open(t *testing.T, dir string) *bolt.Store {
	t.Helper()
	s, notices, err := bolt.Open(dir)
	require.NoError(t, err)
	require.Empty(t, notices)
	t.Cleanup(func() { s.Close() })
	return s
}

func record(gate string, run wire.Run, seq uint64, kind admit.RecordKind) wire.Event {
	scan := admit.ScanID{byte(seq)}
	return wire.Event{Gate: gate, Run: run, Seq: seq, Type: wire.Admission, Scan: scan, Ref: ref, Terms: &single,
		Record: &admit.Record{Scan: scan, Kind: kind, Gate: gate}}
}

func commit(t *testing.T, s *bolt.Store, commits ...venue.Commit) {
	t.Helper()
	require.NoError(t, s.Commit(t.Context(), commits))
}

func TestWhatIsCommittedIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	open1 := venue.Grant{Scan: admit.ScanID{91}, Ref: ref, Gate: "gate-1", Run: first, Req: 4, Terms: single}
	gone := venue.Grant{Scan: admit.ScanID{92}, Ref: whitelist.Ref{8}, Gate: "gate-2", Run: first, Req: 5, Terms: single}
	commit(t, s, venue.Commit{Number: 1, Grants: []venue.Grant{open1, gone}, Memory: venue.Memory{Head: 1}},
		venue.Commit{Number: 2, Closed: []admit.ScanID{gone.Scan}, Events: []wire.Event{record("gate-1", first, 1, admit.Entry)},
			Marks: []venue.Mark{{Gate: "gate-1", Run: first, Held: 1}}, Gates: []venue.Gate{{Name: "gate-1", Run: first}},
			Memory: venue.Memory{Head: 2, Term: 3, Incarnation: "db"}})
	homes := whitelist.Homes{Epoch: 7, Rules: []whitelist.HomeRule{{Gates: []string{"gate-1"}}}}
	commit(t, s, venue.Commit{Number: 3, Events: []wire.Event{record("gate-1", first, 2, admit.Passed)}, Memory: venue.Memory{Head: 2}, Homes: &homes})
	commit(t, s, venue.Commit{Number: 4, Memory: venue.Memory{Head: 3}})
	require.NoError(t, s.Close())

	boot, err := open(t, dir).Boot()
	require.NoError(t, err)
	assert.Equal(t, venue.Memory{Head: 3}, boot.Memory)
	assert.Equal(t, homes, boot.Homes)
	assert.Equal(t, []venue.Grant{open1}, boot.Grants)
	assert.Equal(t, []venue.Mark{{Gate: "gate-1", Run: first, Held: 1}}, boot.Marks)
	assert.Equal(t, []venue.Gate{{Name: "gate-1", Run: first}}, boot.Gates)
	assert.Len(t, boot.History[ref], 2)
	assert.Equal(t, wire.Right{Terms: single}, boot.Rights[ref])
}

func TestARecordStoredTwiceIsThereOnce(t *testing.T) {
	s := open(t, t.TempDir())
	for range 3 {
		commit(t, s, venue.Commit{Events: []wire.Event{record("gate-1", first, 1, admit.Entry)}})
	}
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Len(t, boot.History[ref], 1)
}

func TestAJournalIsReadRunByRunInOrder(t *testing.T) {
	s := open(t, t.TempDir())
	for seq := uint64(300); seq > 0; seq-- {
		commit(t, s, venue.Commit{Events: []wire.Event{record("gate-1", first, seq, admit.Entry)}})
	}
	commit(t, s, venue.Commit{Events: []wire.Event{record("gate-1", second, 1, admit.Entry), record("gate-11", first, 1, admit.Entry),
		record("gate", first, 1, admit.Entry)}})
	got, err := s.Journal("gate-1", first, 299, 64)
	require.NoError(t, err)
	require.Len(t, got, 2, "another run's and another gate's records are not among them")
	assert.EqualValues(t, 299, got[0].Seq)
	got, err = s.Journal("gate-1", first, 1, 64)
	require.NoError(t, err)
	require.Len(t, got, 64)
	assert.EqualValues(t, 64, got[63].Seq)
}

func TestPruningKeepsHistoriesAndOtherRuns(t *testing.T) {
	s := open(t, t.TempDir())
	commit(t, s, venue.Commit{Events: []wire.Event{record("gate-1", first, 1, admit.Entry), record("gate-1", first, 2, admit.Passed),
		record("gate-1", first, 3, admit.Exit), record("gate-1", second, 1, admit.Abort)}})
	require.NoError(t, s.Prune(t.Context(), "gate-1", first, 2))
	left, err := s.Journal("gate-1", first, 1, 10)
	require.NoError(t, err)
	require.Len(t, left, 1)
	assert.EqualValues(t, 3, left[0].Seq)
	other, err := s.Journal("gate-1", second, 1, 10)
	require.NoError(t, err)
	assert.Len(t, other, 1)
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Len(t, boot.History[ref], 4)
}

func TestListsAndSecretsAreKeptUntilTheyAreDropped(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	event := ticket.EventID{3}
	none, err := s.List(event)
	require.NoError(t, err)
	assert.Nil(t, none)
	require.NoError(t, s.SetVenue(t.Context(), []byte("venue")))
	require.NoError(t, s.SetList(t.Context(), event, []byte("list")))
	require.NoError(t, s.SetSecrets(t.Context(), event, []byte("secrets")))
	require.NoError(t, s.Close())
	s = open(t, dir)
	for want, read := range map[string]func() ([]byte, error){
		"venue": s.Venue, "list": func() ([]byte, error) { return s.List(event) }, "secrets": func() ([]byte, error) { return s.Secrets(event) },
	} {
		got, err := read()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
	}
	require.NoError(t, s.DropList(t.Context(), event))
	list, err := s.List(event)
	require.NoError(t, err)
	secrets, err := s.Secrets(event)
	require.NoError(t, err)
	assert.Empty(t, append(list, secrets...))
}

func TestADamagedFileIsSetAsideAndToldOf(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	commit(t, s, venue.Commit{Events: []wire.Event{record("gate-1", first, 1, admit.Entry)}})
	require.NoError(t, s.Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "journal.db"), make([]byte, 64<<10), 0o600))
	again, notices, err := bolt.Open(dir)
	require.NoError(t, err)
	defer again.Close()
	require.Len(t, notices, 1)
	assert.Contains(t, notices[0], "journal.db was damaged")
}

func TestSevenDaysOfAnArenaFitTheJournal(t *testing.T) {
	const people, crowd, days = 40_000, 100_000, 7 // so many that the steps in which the file grows matter little
	dir := t.TempDir()
	s := open(t, dir)
	for from := 0; from < people; from += 500 {
		var c venue.Commit
		for i := from; i < from+500; i++ {
			c.Events = append(c.Events, guest(uint64(i))...)
		}
		c.Number, c.Memory = uint64(from+1), venue.Memory{Head: uint64(from + 1)}
		commit(t, s, c)
	}
	info, err := os.Stat(filepath.Join(dir, bolt.Databases[0]))
	require.NoError(t, err)
	each := info.Size() / people
	t.Logf("%d bytes for each person, %d people fit %d GiB", each, bolt.JournalLimit/each, bolt.JournalLimit>>30)
	assert.Less(t, each*crowd*days, bolt.JournalLimit)
}

// guest is what one person's entry leaves: the admission and the passage.
func guest(i uint64) []wire.Event {
	scan, right := admit.ScanID{byte(i), byte(i >> 8), byte(i >> 16), 1}, whitelist.Ref{byte(i), byte(i >> 8), byte(i >> 16), 2}
	of := func(seq uint64, kind admit.RecordKind) wire.Event {
		return wire.Event{Gate: "gate-1", Run: first, Seq: seq, Type: wire.Admission, Scan: scan, Ref: right, Terms: &single,
			Reason: admit.OK, Checkpoint: "01979d3e-8a6e-7cc5-a1f4-7a3f2f1f0b11", At: 1_790_000_000_000 + int64(i),
			Record: &admit.Record{Scan: scan, Kind: kind, Gate: "gate-1"}}
	}
	return []wire.Event{of(2*i+1, admit.Entry), of(2*i+2, admit.Passed)}
}

func TestTheBookOfIncidentsAndTheOrdersOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	d, err := s.Orders()
	require.NoError(t, err)
	assert.Zero(t, d, "nothing is ordered yet")
	ordered := wire.Doors{Number: 7, Doors: []wire.DoorOrder{{Checkpoint: "north", Mode: whitelist.Closed, By: "Ana"}}}
	require.NoError(t, s.SetOrders(t.Context(), ordered))
	require.NoError(t, s.SetIncidents(t.Context(), map[int64][]byte{1: []byte(`"a"`), 300: []byte(`"c"`), 2: []byte(`"b"`)}, nil))
	require.NoError(t, s.SetIncidents(t.Context(), nil, []int64{1}))
	commit(t, s, venue.Commit{Number: 1, Events: []wire.Event{record("gate-1", first, 1, admit.Entry)}, Memory: venue.Memory{Head: 1}})
	require.NoError(t, s.Close())

	s = open(t, dir)
	d, err = s.Orders()
	require.NoError(t, err)
	assert.Equal(t, ordered, d)
	book, err := s.Incidents()
	require.NoError(t, err)
	assert.Equal(t, [][]byte{[]byte(`"b"`), []byte(`"c"`)}, book)
	boot, err := s.Boot()
	require.NoError(t, err)
	assert.Equal(t, venue.Memory{Head: 1}, boot.Memory)
	var seen []uint64
	require.NoError(t, s.EachEvent(func(e wire.Event) { seen = append(seen, e.Seq) }))
	assert.Equal(t, []uint64{1}, seen)
}
