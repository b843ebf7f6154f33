package lane_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/edge/internal/lane"
)

func TestALoopThatDoesNotTurnDoesNotAnswer(t *testing.T) {
	d := lane.New(lane.Config{Gate: "g1", Clock: lane.NewClock()}) // never run: as if stuck
	ctx, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer end()
	require.ErrorIs(t, d.Answers(ctx), lane.ErrSilent)
}
