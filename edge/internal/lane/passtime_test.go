package lane_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
	"portaria/edge/wire"
)

func TestATurnstileThatStaysOpenLongerThanItsDoorWaitsIsToldOf(t *testing.T) {
	for _, c := range []struct {
		name  string
		stays time.Duration
		pass  int // seconds
		want  string
	}{
		{"it obeys", 0, 1, ""},
		{"it is shut first", 5 * time.Second, 0, ""},
		{"it stays open", 5 * time.Second, 1, "the turnstile stays open for 5s: make the door's time as long"},
		{"longer than usual", time.Minute, 0, "the turnstile stays open for 1m0s: make the door's time as long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := place
			place.Stays = c.stays
			defer func() { place = before }()
			h := newHouse(t, func(door *whitelist.Checkpoint) { door.PassSeconds = c.pass })
			h.driver.VenueChanged(t.Context()) // the same once more says nothing new
			h.driver.Note(t.Context(), 1, "and that is all")
			require.Eventually(t, func() bool { return len(h.notes("and that is all")) == 1 }, 5*time.Second, time.Millisecond)
			got := h.notes("the turnstile stays open")
			if c.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Equal(t, []string{c.want}, got)
		})
	}
}

// notes are the texts in the journal that begin so.
func (h *house) notes(start string) (texts []string) {
	for _, e := range h.kept() {
		if e.Type == wire.Note && strings.HasPrefix(e.Text, start) {
			texts = append(texts, e.Text)
		}
	}
	return texts
}
