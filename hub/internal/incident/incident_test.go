package incident_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/hub/internal/incident"
)

// disk is a store in memory that can fail.
type disk struct {
	kept map[int64][]byte
	full bool
}

func (d *disk) Incidents() (out [][]byte, err error) {
	for _, raw := range d.kept {
		out = append(out, raw)
	}
	return out, nil
}

func (d *disk) SetIncidents(_ context.Context, put map[int64][]byte, drop []int64) error {
	if d.full {
		return errors.New("no space left")
	}
	for number, raw := range put {
		d.kept[number] = raw
	}
	for _, number := range drop {
		delete(d.kept, number)
	}
	return nil
}

func open(t *testing.T, d *disk) *incident.Book {
	t.Helper()
	b, err := incident.Open(d, func() time.Time { return time.UnixMilli(1_795_320_000_000) })
	require.NoError(t, err)
	return b
}

func twice(scans ...string) incident.Incident {
	return incident.Incident{Kind: "conflict", About: "ref-1", Text: "a ticket let in two", Scans: scans}
}

func TestAnIncidentToldAgainIsTheSame(t *testing.T) {
	d := &disk{kept: map[int64][]byte{}}
	b := open(t, d)
	b.Report(twice("b", "a"))
	b.Report(twice("a", "b"))
	list, _ := b.List(0, 10)
	require.Len(t, list, 1)
	require.NoError(t, b.Acknowledge(t.Context(), list[0].Number, "Ana", " seen to "))

	b = open(t, d) // a hub that starts tells every conflict again
	b.Report(twice("a", "b"))
	still, done := b.List(0, 10)
	assert.Empty(t, still)
	require.Len(t, done, 1)
	assert.Equal(t, "seen to", done[0].Note)
	assert.Equal(t, "Ana", done[0].By)

	b.Report(twice("a", "b", "c"))
	still, done = b.List(0, 10)
	assert.Len(t, still, 1, "a third one in opens it again")
	assert.Empty(t, done)

	other := twice("a", "b", "c")
	other.Gate = "gate-2"
	b.Report(other)
	still, _ = b.List(0, 10)
	assert.Len(t, still, 1, "whichever gate's record told of it")
}

func TestAnAlarmComesAgainOnceItWasAcknowledged(t *testing.T) {
	b := open(t, &disk{kept: map[int64][]byte{}})
	fire := incident.Incident{Kind: "fire", Gate: "gate-1", Text: "the fire alarm has come"}
	b.Report(fire)
	b.Report(fire)
	list, _ := b.List(0, 10)
	require.Len(t, list, 1)
	require.NoError(t, b.Acknowledge(t.Context(), list[0].Number, "Ana", ""))
	b.Report(fire)
	list, done := b.List(0, 10)
	assert.Len(t, list, 1)
	assert.Len(t, done, 1)
}

func TestWhatNobodyHasAcknowledgedIsNeverDropped(t *testing.T) {
	d := &disk{kept: map[int64][]byte{}}
	b := open(t, d)
	for i := range 10_050 {
		b.Report(incident.Incident{Kind: "conflict", About: string(rune('a' + i)), Text: "x"})
	}
	list, _ := b.List(0, 10)
	assert.Len(t, list, 10_050)
	for _, i := range list[10_000:] {
		require.NoError(t, b.Acknowledge(t.Context(), i.Number, "Ana", ""))
	}
	list, done := b.List(0, 10)
	assert.Len(t, list, 10_000)
	assert.Empty(t, done, "acknowledged ones make room")
	assert.Len(t, d.kept, 10_000)
}

func TestAFullDiskIsTriedAgain(t *testing.T) {
	d := &disk{kept: map[int64][]byte{}, full: true}
	b := open(t, d)
	b.Report(twice("a", "b"))
	require.ErrorContains(t, b.Acknowledge(t.Context(), 1, "Ana", ""), "no space left")
	d.full = false
	require.NoError(t, b.Acknowledge(t.Context(), 1, "Ana", ""))
	assert.Len(t, d.kept, 1)
}

func TestRefusals(t *testing.T) {
	b := open(t, &disk{kept: map[int64][]byte{}})
	require.ErrorIs(t, b.Acknowledge(t.Context(), 7, "Ana", ""), incident.ErrNone)
	require.ErrorContains(t, b.Acknowledge(t.Context(), 7, "Ana", strings.Repeat("x", 501)), "500 characters")
}

func TestWhatTurnsOutNotToBeIsOver(t *testing.T) {
	d := &disk{kept: map[int64][]byte{}}
	b := open(t, d)
	b.Report(twice("a", "b"))
	b.Report(incident.Incident{Kind: "conflict", About: "ref-2", Text: "another", Scans: []string{"c", "d"}})
	b.Report(incident.Incident{Kind: "fire", Gate: "gate-1", Text: "the fire alarm has come"})
	b.Retain("conflict", map[string]bool{"ref-2": true}, "nobody entered twice")
	list, done := b.List(0, 10)
	assert.Len(t, list, 2, "the fire and the other ticket are still open")
	require.Len(t, done, 1)
	assert.Equal(t, incident.Over, done[0].Kind)
	assert.Equal(t, "nobody entered twice", done[0].Note)
	b.Report(twice("a", "b"))
	list, _ = b.List(0, 10)
	assert.Len(t, list, 3, "it may come again")
}

func TestAGateThatTellsWithoutEndBuriesNobody(t *testing.T) {
	d := &disk{kept: map[int64][]byte{}}
	b := open(t, d)
	for i := range 5_000 {
		scan := strconv.Itoa(i)
		b.Report(incident.Incident{Kind: "forced", Gate: "thief", About: scan, Scans: []string{scan}})
	}
	b.Report(incident.Incident{Kind: "fire", Gate: "gate-1"})
	still, _ := b.List(0, 10)
	require.Len(t, still, 2_002)
	assert.Equal(t, "fire", still[0].Kind)
	assert.Equal(t, incident.Many, still[1].Kind)
	assert.Contains(t, still[1].Text, "thief")

	require.NoError(t, b.Acknowledge(t.Context(), still[1].Number, "Ana", "removed"))
	require.NoError(t, b.Acknowledge(t.Context(), still[2].Number, "Ana", ""))
	b = open(t, d)
	b.Report(incident.Incident{Kind: "forced", Gate: "thief", About: "again", Scans: []string{"again"}})
	still, _ = b.List(0, 10)
	assert.Equal(t, "forced", still[0].Kind, "there is room again, also after a start")
}
