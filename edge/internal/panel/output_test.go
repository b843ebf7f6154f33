package panel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/internal/lane"
)

func TestWhatStandsAtTheLaneIsShown(t *testing.T) {
	rows := []struct {
		name, word string
		set        func(*lane.LaneStatus)
	}{
		{"the turnstile does not answer", "Turnstile does not answer", func(l *lane.LaneStatus) { l.Output = "failed" }},
		{"the housing is open", "Housing open", func(l *lane.LaneStatus) { l.Tamper = true }},
		{"the fire alarm comes first", "Fire alarm", func(l *lane.LaneStatus) { l.Fire, l.Tamper, l.Output = true, true, "failed" }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			g := working()
			row.set(&g.st.Lanes[0])
			_, page := get(t, g, "/?lang=en")
			assert.Contains(t, page, row.word)
			assert.Contains(t, page, `data-mood="attend"`)
		})
	}
	_, figures := get(t, working(), "/metrics")
	assert.Contains(t, figures, `portaria_edge_output_up{lane="1"} 1`)
}
