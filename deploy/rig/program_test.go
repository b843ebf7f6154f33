package rig_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/deploy/rig"
)

func TestAProgramThatIsNotBuiltSaysHowToBuildIt(t *testing.T) {
	_, err := rig.Find(t.TempDir(), "cloud")
	assert.ErrorContains(t, err, "run make build")
}

func shell(t *testing.T, script string) *rig.Program {
	t.Helper()
	p := &rig.Program{Name: "shell", Binary: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "shell.log")}
	require.NoError(t, p.Start())
	t.Cleanup(func() { p.Kill() })
	return p
}

func TestAProgramThatEndsEarlyIsQuotedAtOnce(t *testing.T) {
	p := shell(t, "echo first; echo the port is taken >&2; exit 1")
	err := p.Ready(t.Context(), func(context.Context) error { return errors.New("not yet") })
	assert.EqualError(t, err, "shell ended: the port is taken")
}

func TestAProgramStopsWhenAsked(t *testing.T) {
	p := shell(t, "exec sleep 60")
	require.NoError(t, p.Alive())
	require.NoError(t, p.Stop())
	assert.Error(t, p.Alive())
}

func TestAKilledProgramStartsAgainOnItsLog(t *testing.T) {
	p := shell(t, "echo started; exec sleep 60")
	said := func(times int) {
		require.Eventually(t, func() bool {
			log, err := os.ReadFile(p.Log)
			return err == nil && strings.Count(string(log), "started") == times
		}, 5*time.Second, time.Millisecond)
	}
	said(1)
	p.Kill()
	require.NoError(t, p.Start())
	said(2)
}

func TestWaitingSaysWhatItWaitedFor(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := rig.Until(ctx, "rain", func() error { return errors.New("the sky is blue") })
	assert.EqualError(t, err, "waited for rain: the sky is blue")
}
