package foreign_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/postgres/gates/gatestest"
	"portaria/cloud/internal/postgres/postgrestest"
	"portaria/edge/whitelist"
)

func TestMain(m *testing.M) { postgrestest.Main(m) }

func TestALineOfAFileBecomesOneCode(t *testing.T) {
	for _, row := range []struct {
		what, file string
		want       []foreign.Line
	}{
		{"one a line, Unix", "a\nb\n", []foreign.Line{{1, "a", ""}, {2, "b", ""}}},
		{"one a line, Windows, no last line end", "a\r\nb", []foreign.Line{{1, "a", ""}, {2, "b", ""}}},
		{"a byte order mark", "\uFEFFa\n", []foreign.Line{{1, "a", ""}}},
		{"quoted, with a comma inside", "\"a,b\"\n", []foreign.Line{{1, "a,b", ""}}},
		{"a code with a quote in it", "a\"b\n", []foreign.Line{{1, "a\"b", ""}}},
		{"two columns", "a,b\n", []foreign.Line{{1, "a,b", foreign.Columns}}},
		{"two columns by semicolon", "a;b\n", []foreign.Line{{1, "a;b", foreign.Columns}}},
		{"two columns by tab", "a\tb\n", []foreign.Line{{1, "a\tb", foreign.Columns}}},
		{"an empty line between", "a\n\nb\n", []foreign.Line{{1, "a", ""}, {2, "", ""}, {3, "b", ""}}},
		{"nothing", "", []foreign.Line{{1, "", ""}}},
	} {
		got, err := foreign.ParseCSV([]byte(row.file))
		require.NoError(t, err, row.what)
		assert.Equal(t, row.want, got, row.what)
	}
}

func TestAFileThatIsTooMuchIsRefusedWhole(t *testing.T) {
	for what, parse := range map[string]func() error{
		"many lines": func() error { _, err := foreign.ParseCSV([]byte(strings.Repeat("\n", foreign.MaxLines+1))); return err },
		"many bytes": func() error { _, err := foreign.ParseCSV(make([]byte, foreign.MaxBytes+1)); return err },
		"many texts": func() error {
			_, err := foreign.ParseJSON([]byte("[" + strings.Repeat(`"",`, foreign.MaxLines) + `""]`))
			return err
		},
		"no array":         func() error { _, err := foreign.ParseJSON([]byte(`{"a":1}`)); return err },
		"an array of more": func() error { _, err := foreign.ParseJSON([]byte(`["a",{"b":1}]`)); return err },
		"half an array":    func() error { _, err := foreign.ParseJSON([]byte(`["a"`)); return err },
		"many JSON bytes":  func() error { _, err := foreign.ParseJSON(make([]byte, foreign.MaxBytes+1)); return err },
	} {
		assert.ErrorIs(t, parse(), foreign.ErrBadFile, what)
	}
}

func TestAPlanSkipsWhatIsNoCode(t *testing.T) {
	issuer := whitelist.Issuer{Name: "outra", Normalise: whitelist.Normalise{Upper: true, DropZeros: true}}
	plan := foreign.NewPlan(issuer, []foreign.Line{
		{1, "00ab-12", ""}, {2, "AB12", ""}, {3, " ", ""}, {4, "x\x00y", ""}, {5, "\xff", ""}, {6, "--", ""},
		{7, strings.Repeat("1", 600), ""}, {8, strings.Repeat("1", 1200), ""}, {9, "]C0AB13", ""},
	})
	var codes []string
	for _, c := range plan.Codes {
		codes = append(codes, c.Code)
	}
	assert.Equal(t, []string{"AB12", "AB13"}, codes)
	why := map[int]foreign.Why{}
	for _, s := range plan.Skipped {
		why[s.Line] = s.Why
		assert.NotContains(t, s.Text, "\x00")
		assert.LessOrEqual(t, len([]rune(s.Text)), 64)
	}
	assert.Equal(t, map[int]foreign.Why{
		2: foreign.Duplicate, 3: foreign.Empty, 4: foreign.BadText, 5: foreign.BadText, 6: foreign.Empty,
		7: foreign.TooLong, 8: foreign.TooLong,
	}, why)
}

func TestACodeThatAGateWouldReadTwiceIsSkipped(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	ours := w.Sell(organizer, event)
	scope := foreign.Scope{Organizer: uuid.UUID(organizer), Event: uuid.UUID(event)}
	office := w.Foreign()
	for _, i := range []whitelist.Issuer{{Name: "a"}, {Name: "b", Normalise: whitelist.Normalise{DropZeros: true}}} {
		require.NoError(t, office.AddIssuer(t.Context(), scope, i))
	}
	put := func(issuer string, codes ...string) foreign.Report {
		var lines []foreign.Line
		for i, c := range codes {
			lines = append(lines, foreign.Line{Number: i + 1, Text: c})
		}
		report, err := office.Import(t.Context(), scope, issuer, lines)
		require.NoError(t, err)
		return report
	}
	report := put("a", ours.ShortShown(), "7", "8")
	assert.Equal(t, []foreign.Skip{{Line: 1, Text: ours.ShortShown(), Why: foreign.Collides}}, report.Skipped)
	assert.Equal(t, 2, report.Imported)

	report = put("b", "9", "007", "08", "8")
	assert.Equal(t, 1, report.Imported)
	assert.Equal(t, []foreign.Skip{
		{Line: 2, Text: "007", Why: foreign.Collides}, {Line: 3, Text: "08", Why: foreign.Collides},
		{Line: 4, Text: "8", Why: foreign.Duplicate},
	}, report.Skipped, "who holds the 7 of a would be read as b's too")

	signed, err := w.Lists.Sign(t.Context(), event)
	require.NoError(t, err)
	require.True(t, signed)
	lists, err := w.Store.SignedSince(t.Context(), event, 0)
	require.NoError(t, err)
	m, err := whitelist.OpenManifest(lists[0].Manifest, w.Keys.PlatformKey(), w.Now())
	require.NoError(t, err)
	assert.EqualValues(t, 1+2+1, m.Count, "imported codes are in the signed list beside our own")
}

func TestNobodyImportsIntoAnothersEvent(t *testing.T) {
	w := gatestest.New(t)
	organizer, stranger := w.Organizer("Teatro"), w.Organizer("Outro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	own := foreign.Scope{Organizer: uuid.UUID(organizer), Event: uuid.UUID(event)}
	require.NoError(t, w.Foreign().AddIssuer(t.Context(), own, whitelist.Issuer{Name: "a"}))
	theirs := foreign.Scope{Organizer: uuid.UUID(stranger), Event: uuid.UUID(event)}
	_, err := w.Foreign().Import(t.Context(), theirs, "a", []foreign.Line{{Number: 1, Text: "1"}})
	assert.ErrorIs(t, err, foreign.ErrNoEvent)
	assert.ErrorIs(t, w.Foreign().AddIssuer(t.Context(), theirs, whitelist.Issuer{Name: "b"}), foreign.ErrNoEvent)
	_, err = w.Foreign().Issuers(t.Context(), theirs)
	assert.ErrorIs(t, err, foreign.ErrNoEvent)
	_, err = w.Foreign().Reports(t.Context(), theirs, "a")
	assert.ErrorIs(t, err, foreign.ErrNoEvent)
	assert.ErrorIs(t, w.Foreign().AddIssuer(t.Context(), own, whitelist.Issuer{Name: "a"}), foreign.ErrTaken)
}

func TestABigImportIsWhole(t *testing.T) {
	w := gatestest.New(t)
	organizer := w.Organizer("Teatro")
	event := w.Event(organizer, w.Venue(organizer, "Sala"), "Noite")
	scope := foreign.Scope{Organizer: uuid.UUID(organizer), Event: uuid.UUID(event)}
	require.NoError(t, w.Foreign().AddIssuer(t.Context(), scope, whitelist.Issuer{Name: "a"}))
	lines := make([]foreign.Line, 12_000)
	for i := range lines {
		lines[i] = foreign.Line{Number: i + 1, Text: uuid.NewString()}
	}
	report, err := w.Foreign().Import(t.Context(), scope, "a", lines)
	require.NoError(t, err)
	assert.Equal(t, 12_000, report.Imported)
	report, err = w.Foreign().Import(t.Context(), scope, "a", lines)
	require.NoError(t, err)
	assert.Zero(t, report.Imported)
	assert.Equal(t, 12_000, report.Skips)
	assert.Len(t, report.Skipped, foreign.MaxSkips, "the report stays short")
}

func FuzzAnyFileIsReadOrRefused(f *testing.F) {
	for _, seed := range []string{"a\nb", "\"a\nb\",c", "[\"a\",\"b\"]", "\uFEFF;;\t\"", "[[", "\x00\r\n\r"} {
		f.Add([]byte(seed))
	}
	issuer := whitelist.Issuer{Name: "x", Normalise: whitelist.Normalise{Upper: true, DropZeros: true}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, parse := range []func([]byte) ([]foreign.Line, error){foreign.ParseCSV, foreign.ParseJSON} {
			lines, err := parse(raw)
			if err != nil {
				continue
			}
			plan := foreign.NewPlan(issuer, lines)
			require.Equal(t, len(lines), len(plan.Codes)+len(plan.Skipped), "every line is accounted for")
			seen := map[string]bool{}
			for _, c := range plan.Codes {
				require.NotEmpty(t, c.Code)
				require.LessOrEqual(t, len(c.Code), whitelist.MaxForeignCode)
				require.NotContains(t, c.Code, "\x00")
				require.Equal(t, c.Code, issuer.Normalise.Apply(c.Code), "the gate reads the code as the same code")
				require.False(t, seen[c.Code])
				seen[c.Code] = true
			}
		}
	})
}
