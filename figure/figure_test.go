package figure_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/figure"
)

func TestAFigureIsHeldToItsGoal(t *testing.T) {
	rows := []struct {
		name string
		f    figure.Figure
		line string
		miss bool
	}{
		{"as much as may be", figure.Figure{Name: "grant", Ratio: 1.5, Goal: 1.5, About: "a/b"}, "grant ratio=1.5 goal=1.5 pass (a/b)\n", false},
		{"more than may be", figure.Figure{Name: "grant", Ratio: 1.51, Goal: 1.5, About: "a/b"}, "grant ratio=1.51 goal=1.5 fail (a/b)\n", true},
		{"as much as must be", figure.Figure{Name: "lanes", Ratio: 5.1, Goal: 5, Least: true, About: "a/b"}, "lanes ratio=5.1 goal=5 pass (a/b)\n", false},
		{"less than must be", figure.Figure{Name: "lanes", Ratio: 4, Goal: 5, Least: true, About: "a/b"}, "lanes ratio=4 goal=5 fail (a/b)\n", true},
	}
	for _, row := range rows {
		var out strings.Builder
		err := row.f.Print(&out)
		assert.Equal(t, row.line, out.String(), row.name)
		assert.Equal(t, row.miss, errors.Is(err, figure.ErrMissed), row.name)
	}
}

func TestMiddlesAndTails(t *testing.T) {
	assert.InDelta(t, 3, figure.Median([]float64{9, 1, 3, 2, 5}), 0)
	times := make([]time.Duration, 200)
	for i := range times {
		times[len(times)-1-i] = time.Duration(i)
	}
	assert.InDelta(t, 100, figure.P50(times), 0)
	assert.InDelta(t, 198, figure.P99(times), 0)
}

func TestADurableWriteIsMeasured(t *testing.T) {
	dir, remove, err := figure.WorkDir(t.TempDir())
	require.NoError(t, err)
	defer remove()
	bare, err := figure.NewBareSync(dir)
	require.NoError(t, err)
	took, err := figure.Typical(3, bare.Twice)
	require.NoError(t, err)
	assert.Positive(t, took)
	_, err = figure.Each(2, func(int) error { return assert.AnError })
	require.ErrorIs(t, err, assert.AnError)
}
