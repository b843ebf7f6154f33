package rig_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
)

var errBlue = errors.New("the sky is blue")

func TestWhatComesInTheEndIsWaitedFor(t *testing.T) {
	tries := 0
	err := rig.Within(t.Context(), time.Minute, "rain", func(context.Context) error {
		if tries++; tries < 3 {
			return errBlue
		}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 3, tries)
}

func TestWaitingEndsAndSaysWhatItWaitedFor(t *testing.T) {
	err := rig.Within(t.Context(), time.Millisecond, "rain", func(context.Context) error { return errBlue })
	assert.ErrorContains(t, err, "for rain: the sky is blue")
}

func TestAQuestionThatIsNeverAnsweredIsATryThatFailed(t *testing.T) {
	err := rig.Within(t.Context(), time.Millisecond, "rain", func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestWaitingEndsAtOnceWhereItMendsNothing(t *testing.T) {
	err := rig.Within(t.Context(), time.Hour, "rain", func(context.Context) error { return rig.Final(errBlue) })
	assert.Equal(t, errBlue, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorContains(t, rig.Within(ctx, time.Hour, "rain", func(context.Context) error { return errBlue }), "waited for rain")
}

func TestASlowComputerIsGivenMoreTimeAndBlamed(t *testing.T) {
	slow := rig.NewPatience(0)
	slow.Measured(12)
	assert.ErrorIs(t, slow.Over("rain", errBlue), rig.ErrBusy)
	assert.ErrorIs(t, slow.Over("rain", errBlue), errBlue)
	assert.ErrorContains(t, slow.Over("rain", errBlue), "12 times slower")
	assert.NoError(t, rig.Blame(nil))
	over := slow.Over("rain", errBlue)
	assert.Equal(t, over, rig.Blame(over), "once is enough")
	assert.ErrorIs(t, rig.Blame(errBlue), errBlue)
	quick := rig.NewPatience(time.Hour)
	quick.Measured(1.2)
	assert.NotErrorIs(t, quick.Over("rain", errBlue), rig.ErrBusy)
	assert.LessOrEqual(t, quick.Left(), 72*time.Minute)
	quick.Measured(12)
	assert.Greater(t, quick.Left(), 11*time.Hour)
	quick.Measured(1e9)
	assert.LessOrEqual(t, quick.Left(), 20*time.Hour, "there is an end to it")
	assert.GreaterOrEqual(t, rig.Slowness(), 1.0)
}
