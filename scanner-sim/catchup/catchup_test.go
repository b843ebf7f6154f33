package catchup

import (
	"io"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/wire"
)

func TestTheSameBatchesTravelThroughABrokerThatKeepsNothing(t *testing.T) {
	g := &gate{run: wire.Run{Start: 1, Random: 7}}
	records := g.later(300)
	messages, err := batches(records)
	require.NoError(t, err)
	seq := uint64(0)
	for _, raw := range messages {
		batch, err := wire.Decode[wire.Events](raw)
		require.NoError(t, err)
		for _, e := range batch.Events {
			seq++
			require.Equal(t, seq, e.Seq)
		}
	}
	assert.Equal(t, uint64(300), seq)
	rate, err := bareRate(t.Context(), records)
	require.NoError(t, err)
	assert.Positive(t, rate)
}

func TestTheCableCountsWhatGoesUp(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer far.Close()
	near, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	at := near.Addr().String()
	require.NoError(t, near.Close())
	c, err := layCable(at, far.Addr().String())
	require.NoError(t, err)
	defer c.close()

	go func() {
		conn, err := far.Accept()
		if err == nil {
			_, _ = io.CopyN(io.Discard, conn, 1000)
			_, _ = conn.Write(make([]byte, 500))
		}
	}()
	conn, err := net.Dial("tcp", at)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(make([]byte, 1000))
	require.NoError(t, err)
	_, err = io.ReadFull(conn, make([]byte, 500))
	require.NoError(t, err)
	assert.Equal(t, int64(1000), c.sent.Load(), "what comes down is not counted")
}

func TestTheMemoryOfThisProcessIsKnown(t *testing.T) {
	r, err := roomOf(os.Getpid())
	require.NoError(t, err)
	assert.Greater(t, r.own, uint64(1<<20))
	_, err = roomOf(0)
	assert.Error(t, err)
}
