package alive_test

import (
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/alive"
)

// page is a log that is read while it is written.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

func TestAProgramThatIsAskedSaysWhatItWaitsForAndGoesOn(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	stuck := make(chan struct{})
	defer close(stuck)
	go standsStill(stuck)
	log := &page{}
	alive.Stacks(ctx, log)
	for _, times := range []int{1, 2} {
		require.NoError(t, syscall.Kill(syscall.Getpid(), syscall.SIGUSR1))
		require.Eventually(t, func() bool { return strings.Count(log.String(), "as asked by SIGUSR1:") == times }, 5*time.Second, time.Millisecond)
	}
	assert.Contains(t, log.String(), "standsStill")
}

func standsStill(until chan struct{}) { <-until }
