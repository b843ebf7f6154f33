package dates_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/cloud/internal/catalog/dates"
)

func zone(t require.TestingT, name string) *time.Location {
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestATimeOfDayWhereClocksAreChanged(t *testing.T) {
	for _, row := range []struct {
		name, zone string
		day        dates.Day
		clock      dates.Clock
		fate       dates.Fate
		utc        string
	}{
		{"an evening in São Paulo", "America/Sao_Paulo", dates.Day{2026, 12, 5}, dates.Clock{20, 0}, dates.Once, "2026-12-05T23:00:00Z"},
		{"midnight never came in São Paulo when summer time began", "America/Sao_Paulo", dates.Day{2018, 11, 4}, dates.Clock{0, 30}, dates.Never, "2018-11-04T03:00:00Z"},
		{"and came twice when it ended", "America/Sao_Paulo", dates.Day{2019, 2, 16}, dates.Clock{23, 30}, dates.Twice, "2019-02-17T01:30:00Z"},
		{"half past two in Zurich in March", "Europe/Zurich", dates.Day{2027, 3, 28}, dates.Clock{2, 30}, dates.Never, "2027-03-28T01:00:00Z"},
		{"half past two in Zurich in October", "Europe/Zurich", dates.Day{2027, 10, 31}, dates.Clock{2, 30}, dates.Twice, "2027-10-31T00:30:00Z"},
		{"three in Zurich in March", "Europe/Zurich", dates.Day{2027, 3, 28}, dates.Clock{3, 0}, dates.Once, "2027-03-28T01:00:00Z"},
		{"a zone at half an hour", "Asia/Kolkata", dates.Day{2027, 3, 28}, dates.Clock{19, 0}, dates.Once, "2027-03-28T13:30:00Z"},
		{"half an hour of summer time", "Australia/Lord_Howe", dates.Day{2027, 10, 3}, dates.Clock{2, 15}, dates.Never, "2027-10-02T15:30:00Z"},
		{"and its end", "Australia/Lord_Howe", dates.Day{2027, 4, 4}, dates.Clock{1, 45}, dates.Twice, "2027-04-03T14:45:00Z"},
		{"a day that Samoa left out", "Pacific/Apia", dates.Day{2011, 12, 30}, dates.Clock{12, 0}, dates.Never, "2011-12-30T10:00:00Z"},
	} {
		at, fate := dates.In(zone(t, row.zone), row.day, row.clock)
		assert.Equal(t, row.fate, fate, row.name)
		assert.Equal(t, row.utc, at.UTC().Format(time.RFC3339), row.name)
	}
}

var zones = []string{"America/Sao_Paulo", "Europe/Zurich", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Pacific/Apia", "UTC"}

// Every moment is found by what a clock on the wall shows at it, and what is found shows that on the wall.
func TestWallClocksAndMomentsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		minutes := rapid.Int64Range(time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC).Unix()/60, time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC).Unix()/60).Draw(t, "minutes")
		moment := time.Unix(minutes*60, 0).In(z)
		if moment.Second() != 0 {
			return
		}
		day, clock := dates.DayOf(moment), dates.Clock{Hour: moment.Hour(), Minute: moment.Minute()}
		at, fate := dates.In(z, day, clock)
		switch fate {
		case dates.Once:
			require.True(t, at.Equal(moment), "%s %s is %s, not %s", day, clock, at, moment)
		case dates.Twice:
			require.False(t, at.After(moment), "the first of two")
			require.Equal(t, clock, dates.Clock{Hour: at.Hour(), Minute: at.Minute()})
		case dates.Never:
			t.Fatalf("%s %s was there at %s", day, clock, moment)
		}
	})
}

func TestEveryTimeOfAnyDayHasOneFate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		day := dates.DayOf(time.Date(2000, 1, 2+rapid.IntRange(0, 13000).Draw(t, "day"), 12, 0, 0, 0, time.UTC))
		clock := dates.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")}
		at, fate := dates.In(z, day, clock)
		shows := dates.DayOf(at) == day && at.Hour() == clock.Hour && at.Minute() == clock.Minute
		require.Equal(t, fate != dates.Never, shows)
		_, again := dates.In(z, dates.DayOf(at), dates.Clock{Hour: at.Hour(), Minute: at.Minute()})
		require.NotEqual(t, dates.Never, again, "where it is put, it exists")
	})
}

func TestAPatternIsItsWeekdaysAndSessions(t *testing.T) {
	wants, err := dates.Pattern{
		From: dates.Day{2026, 12, 1}, Until: dates.Day{2026, 12, 31}, Weekdays: []time.Weekday{time.Friday, time.Saturday},
		Clocks: []dates.Clock{{21, 0}, {18, 30}, {21, 0}}, Except: []dates.Day{{2026, 12, 25}},
	}.Wants()
	require.NoError(t, err)
	require.Len(t, wants, 14, "four Fridays without Christmas and four Saturdays, less one, twice a day")
	require.Equal(t, "2026-12-04 18:30", wants[0].Day.String()+" "+wants[0].Clock.String())
	require.Equal(t, "2026-12-26 21:00", wants[13].Day.String()+" "+wants[13].Clock.String())
	for field, p := range map[string]dates.Pattern{
		"Let the last day":  {From: dates.Day{2026, 12, 2}, Until: dates.Day{2026, 12, 1}},
		"weekday":           {From: dates.Day{2026, 12, 1}, Until: dates.Day{2026, 12, 1}},
		"time of day":       {From: dates.Day{2026, 12, 1}, Until: dates.Day{2026, 12, 1}, Weekdays: []time.Weekday{0}},
		"no such weekday":   {From: dates.Day{2026, 12, 1}, Until: dates.Day{2026, 12, 1}, Weekdays: []time.Weekday{0}, Clocks: []dates.Clock{{20, 0}}},
		"At most 1,000 dat": {From: dates.Day{2026, 1, 1}, Until: dates.Day{2100, 1, 1}, Weekdays: []time.Weekday{0, 1, 2}, Clocks: []dates.Clock{{20, 0}}},
	} {
		_, err := p.Wants()
		require.ErrorContains(t, err, field)
	}
}

func TestLinesAreReadAsPeopleWriteThem(t *testing.T) {
	wants, err := dates.Read("2026-12-05 20:00; Teatro Guaíra\r\n" +
		"5/12/2026 20h30; Ópera de Arame; Matinê\n\n" +
		"05.12.2026\t18:00, 20:00\tTeatro\n2026-12-06T21:00\nontem\n2026-02-31 20:00\n2026-12-05\n2026-12-05 25:00\n;;;\n")
	require.NoError(t, err)
	var got []string
	for _, w := range wants {
		got = append(got, strings.TrimSpace(strings.Join([]string{w.Day.String(), w.Clock.String(), w.Venue, w.Name, string(w.Wrong)}, "|")))
	}
	require.Equal(t, []string{
		"2026-12-05|20:00|Teatro Guaíra||", "2026-12-05|20:30|Ópera de Arame|Matinê|", "2026-12-05|18:00|Teatro||",
		"2026-12-05|20:00|Teatro||", "2026-12-06|21:00|||", "0000-00-00|00:00|||no_date", "2026-02-31|00:00|||bad_day",
		"2026-12-05|00:00|||no_clock", "2026-12-05|00:00|||no_clock", "0000-00-00|00:00|||no_date",
	}, got)
	require.Equal(t, 9, wants[8].Line, "lines are counted as an editor counts them")
	_, err = dates.Read(" \n\n")
	require.ErrorContains(t, err, "one date on each line")
}

func TestTenThousandDatesAreRefusedAtOnce(t *testing.T) {
	began := time.Now()
	for _, text := range []string{
		strings.Repeat("2026-12-05 20:00; Teatro Guaíra\n", 10_000), strings.Repeat("2026-12-05 20:00\n", dates.Most+1),
		"2026-12-05 " + strings.Repeat("20:00,", 5_000), strings.Repeat("\n", 1<<20), strings.Repeat("x", 1<<20),
	} {
		wants, err := dates.Read(text)
		if err == nil {
			require.LessOrEqual(t, len(wants), dates.Most)
			continue
		}
		require.ErrorIs(t, err, dates.ErrTooMany)
	}
	require.Less(t, time.Since(began), time.Second)
}

func FuzzRead(f *testing.F) {
	f.Add("2026-12-05 20:00; Teatro Guaíra\n5/12/2026 20h")
	f.Add("\xff\xfe;\t;\n31.02.2026 20:00,21:00 e 22h")
	f.Fuzz(func(t *testing.T, text string) {
		wants, err := dates.Read(text)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(wants), dates.Most)
		for _, w := range wants {
			if w.Wrong == "" {
				require.True(t, w.Day.Real())
				dates.In(time.UTC, w.Day, w.Clock)
			}
		}
	})
}
