package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/wire"
)

func TestADiskThatHasOnlyLaterRecordsIsNotAskedWithoutEnd(t *testing.T) {
	var b wire.Outbox
	later := []wire.Event{{Seq: 5}, {Seq: 6}}
	asked := 0
	for range 10 { // a driver that reads at once answers in the same moment
		if _, _, ask := b.Next(10_000, 1, 6); ask > 0 {
			asked++
			b.Read(10_000, later)
		}
	}
	assert.LessOrEqual(t, asked, 2)
}
