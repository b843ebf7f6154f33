package hours_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/gatehouse/hours"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

var evening = hours.Moments{Doors: at("2026-12-05T19:00:00-03:00"), Start: at("2026-12-05T20:00:00-03:00"), End: at("2026-12-05T23:00:00-03:00")}

func TestHoursMoveWithTheEvent(t *testing.T) {
	rule := hours.Rule{From: hours.Point{Anchor: hours.Doors, Minutes: -30}, Until: hours.Point{Anchor: hours.End, Minutes: 60}}
	require.NoError(t, rule.Check())
	w, some := rule.At(evening)
	assert.True(t, some)
	assert.Equal(t, at("2026-12-05T18:30:00-03:00"), w.From)
	assert.Equal(t, at("2026-12-06T00:00:00-03:00"), w.Until, "over midnight")
}

func TestARuleIsRefused(t *testing.T) {
	for _, row := range []struct {
		name string
		rule hours.Rule
	}{
		{"that counts from lunch", hours.Rule{From: hours.Point{Anchor: "lunch"}, Until: hours.Point{Anchor: hours.End}}},
		{"that begins three days before", hours.Rule{From: hours.Point{hours.Doors, -4320}, Until: hours.Point{hours.End, 0}}},
		{"that ends before it begins", hours.Rule{From: hours.Point{hours.Start, 0}, Until: hours.Point{hours.Start, -1}}},
		{"that lasts no time", hours.Rule{From: hours.Point{hours.Start, 0}, Until: hours.Point{hours.Start, 0}}},
	} {
		var no *fault.Fault
		assert.ErrorAs(t, row.rule.Check(), &no, row.name)
	}
	_, some := hours.Rule{From: hours.Point{hours.Doors, 600}, Until: hours.Point{hours.End, 0}}.At(evening)
	assert.False(t, some, "a short event may leave nothing of a rule")
}

func TestHoursByTheClockOnTheWall(t *testing.T) {
	for _, row := range []struct {
		name, zone, day, from, until, opens, closes string
	}{
		{"an evening", "America/Sao_Paulo", "2026-12-05", "18:00", "23:30", "2026-12-05T18:00:00-03:00", "2026-12-05T23:30:00-03:00"},
		{"a morning without a nought", "America/Sao_Paulo", "2026-12-05", "9:00", "10:00", "2026-12-05T09:00:00-03:00", "2026-12-05T10:00:00-03:00"},
		{"over midnight", "America/Sao_Paulo", "2026-12-31", "22:00", "04:00", "2026-12-31T22:00:00-03:00", "2027-01-01T04:00:00-03:00"},
		{"to the same time next day", "Europe/Zurich", "2026-07-01", "06:00", "06:00", "2026-07-01T06:00:00+02:00", "2026-07-02T06:00:00+02:00"},
		{"the night when clocks go forward", "Europe/Zurich", "2026-03-28", "22:00", "05:00", "2026-03-28T22:00:00+01:00", "2026-03-29T05:00:00+02:00"},
		{"the night when clocks go back", "Europe/Zurich", "2026-10-24", "22:00", "05:00", "2026-10-24T22:00:00+02:00", "2026-10-25T05:00:00+01:00"},
		{"until the hour that comes twice", "Europe/Zurich", "2026-10-24", "22:00", "02:30", "2026-10-24T22:00:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"from the hour that comes twice", "Europe/Zurich", "2026-10-25", "02:30", "06:00", "2026-10-25T02:30:00+02:00", "2026-10-25T06:00:00+01:00"},
		{"a day without midnight", "America/Santiago", "2026-09-05", "20:00", "01:00", "2026-09-05T20:00:00-04:00", "2026-09-06T01:00:00-03:00"},
	} {
		w, err := hours.OnDay(row.day, row.from, row.until, zone(t, row.zone))
		require.NoError(t, err, row.name)
		assert.True(t, at(row.opens).Equal(w.From), "%s: %s", row.name, w.From)
		assert.True(t, at(row.closes).Equal(w.Until), "%s: %s", row.name, w.Until)
	}
}

func TestATimeThatClocksPassOverIsRefusedByName(t *testing.T) {
	_, err := hours.OnDay("2026-03-29", "02:30", "06:00", zone(t, "Europe/Zurich"))
	var gap *hours.GapError
	require.ErrorAs(t, err, &gap)
	assert.Equal(t, "2026-03-29 02:30", gap.Text)
	_, err = hours.OnDay("2026-09-05", "20:00", "00:00", zone(t, "America/Santiago"))
	require.ErrorAs(t, err, &gap, "Chile has no midnight that night")
}

func TestOverlappingHoursAreBothNamed(t *testing.T) {
	z := zone(t, "America/Sao_Paulo")
	windows, err := hours.Lines("2026-12-05 18:00-23:00\n\n2026-12-05 22:30 – 02:00\n", z)
	require.NoError(t, err)
	var over *hours.OverlapError
	require.ErrorAs(t, hours.Check(windows), &over)
	assert.Equal(t, windows[0], over.A)
	assert.Equal(t, windows[1], over.B)
	assert.NoError(t, hours.Check(windows[:1]))
	assert.Len(t, hours.Merge(windows), 1)
	apart, err := hours.Lines("2026-12-05 10:00-12:00\n2026-12-05 12:00-14:00", z)
	require.NoError(t, err)
	assert.NoError(t, hours.Check(apart), "one may follow the other")
}

func TestALineThatIsNoWindowIsNamed(t *testing.T) {
	z := zone(t, "America/Sao_Paulo")
	for _, text := range []string{"tomorrow", "2026-12-05 18:00", "2026-13-05 18:00-19:00", "2026-12-05 25:00-26:00", "2026-12-05 6pm-7pm", "-"} {
		_, err := hours.Lines("2026-12-04 18:00-19:00\n"+text, z)
		var no *fault.Fault
		assert.ErrorAs(t, err, &no, text)
	}
	var line *hours.LineError
	_, err := hours.Lines("2026-12-04 18:00-19:00\ntomorrow", z)
	require.True(t, errors.As(err, &line))
	assert.Equal(t, 2, line.Line)
}

func FuzzLines(f *testing.F) {
	f.Add("2026-12-05 18:00-23:00\n2026-12-31 22:00-04:00")
	f.Add("2026-10-25 02:30-03:00")
	z := zone(f, "Europe/Zurich")
	f.Fuzz(func(t *testing.T, text string) {
		windows, err := hours.Lines(text, z)
		if err != nil || hours.Check(windows) != nil {
			return
		}
		for _, w := range windows {
			if d := w.Until.Sub(w.From); d <= 0 || d > 26*time.Hour {
				t.Fatalf("%q lasts %s", text, d)
			}
		}
		if len(hours.Merge(windows)) > len(windows) {
			t.Fatal("joining makes no windows")
		}
	})
}
