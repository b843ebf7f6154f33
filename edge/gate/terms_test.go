package gate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/gate"
)

func TestARecordKeepsItsTermsWhenTheLaneReadsTheNextTicket(t *testing.T) {
	b := newBench(t).connect()
	b.admitted(1, ticketNo(1))
	e := b.recorded()
	require.Equal(t, 1, e.Terms.Group)
	b.feed(gate.Passage{Lane: 1})
	b.commit()
	b.pass(time.Second)
	b.admitted(1, groupOf(3))
	assert.Equal(t, 1, e.Terms.Group, "it may yet be sent again")
}
