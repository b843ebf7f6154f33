package intake_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/gatehouse/foreign/intake"
)

// A file of 1,000 lines with all that people and their spreadsheets do to one. Its report is compared with the one that
// was read by a person; UPDATE_GOLDEN=1 writes it anew.
func TestTheReportOfAHostileFile(t *testing.T) {
	const golden = "testdata/hostile.report"
	raw, err := os.ReadFile("testdata/hostile.csv")
	require.NoError(t, err)
	require.Equal(t, 999, bytes.Count(raw, []byte("\n")))
	x := settle(t)
	_, err = x.Foreign().Import(t.Context(), x.scope, "outra", []foreign.Line{{Number: 1, Text: "7891000007919"}})
	require.NoError(t, err)
	i := x.carryOut(intake.Add, string(raw))
	require.Equal(t, intake.Done, i.State, i.Fault)
	skips, err := x.office.Skips(t.Context(), x.scope, i.ID, 0, 10_000)
	require.NoError(t, err)
	assert.Len(t, skips, i.Skipped())
	report := reported(i, skips)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(report), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), report)
	for code := range x.listed("outra") {
		assert.NotContains(t, code, "E+", "what a spreadsheet has spoilt is never listed")
	}
	_, err = x.Lists.Sign(t.Context(), x.event)
	require.NoError(t, err, "whatever got in can be signed")
}

func reported(i intake.Import, skips []foreign.Skip) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %+v\nlines %d imported %d skipped %d\ncounts %v\n", i.Mapping, i.Lines, i.Imported(), i.Skipped(), i.Counts)
	for _, s := range skips {
		fmt.Fprintf(&b, "%d %s %q\n", s.Line, s.Why, s.Text)
	}
	return b.String()
}

func TestAFileOfFiftyMegabytesIsTakenAndOneMoreByteIsNot(t *testing.T) {
	x := settle(t)
	line := strings.Repeat("7", 999) + "\n" // over what a code may have: read, reported, never listed
	file := strings.Repeat(line, 50<<20/1000) + strings.Repeat("8", 50<<20%1000)
	i := x.carryOut(intake.Add, file)
	assert.Equal(t, intake.Done, i.State, i.Fault)
	assert.Equal(t, 50<<20/1000+1, i.Counts["too_long"])
	_, err := x.office.Receive(t.Context(), x.scope, intake.Upload{Issuer: "outra", Mode: intake.Add, Body: strings.NewReader(file + "9")})
	assert.ErrorIs(t, err, intake.ErrTooLarge)
}
