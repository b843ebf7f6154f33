package wire_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/wire"
)

func recordsFrom(from, to uint64) []wire.Event {
	var out []wire.Event
	for seq := from; seq <= to; seq++ {
		out = append(out, wire.Event{Seq: seq})
	}
	return out
}

func seqs(events []wire.Event) []uint64 {
	var out []uint64
	for _, e := range events {
		out = append(out, e.Seq)
	}
	return out
}

func TestAnOutboxSendsWhatIsDurableAndUnconfirmed(t *testing.T) {
	var b wire.Outbox
	b.Keep(recordsFrom(1, 5)...)
	send, _, ask := b.Next(0, 0, 3)
	assert.Equal(t, []uint64{1, 2, 3}, seqs(send))
	assert.Zero(t, ask)
	send, _, _ = b.Next(10, 0, 3)
	assert.Empty(t, send, "once")
	send, _, _ = b.Next(20, 0, 5)
	assert.Equal(t, []uint64{4, 5}, seqs(send))
	send, _, _ = b.Next(1999, 2, 5)
	assert.Empty(t, send)
	send, _, _ = b.Next(2000, 2, 5)
	assert.Equal(t, []uint64{3, 4, 5}, seqs(send), "again, from the watermark on, when nothing has moved for long")
}

func TestALostMessageIsSentAgainHoweverManyRecordsFollow(t *testing.T) {
	var b wire.Outbox
	for seq, lost := uint64(1), uint64(3); ; seq++ {
		now := int64(seq) * 100
		b.Keep(recordsFrom(seq, seq)...)
		confirmed := min(seq-1, lost-1) // the receiver takes nothing after a gap
		if confirmed == seq-1 {
			b.Progress(now, confirmed, false)
		}
		send, _, _ := b.Next(now, confirmed, seq)
		if seq > lost && send[0].Seq == lost {
			assert.Len(t, send, int(seq-lost)+1, "it, and everything after it")
			assert.Equal(t, int64(2000), now-int64(lost)*100)
			return
		}
		assert.Less(t, seq, uint64(100), "it is never sent again")
		if t.Failed() {
			return
		}
	}
}

func TestAnOutboxNeverHasMoreThanAWindowUnderWay(t *testing.T) {
	var b wire.Outbox
	sent := 0
	confirmed := uint64(0)
	for sent < 10_000 {
		send, from, ask := b.Next(0, confirmed, 10_000)
		if ask > 0 {
			send = b.Read(0, recordsFrom(from, from+uint64(ask)-1))
		}
		if len(send) == 0 {
			confirmed += 64
			b.Progress(0, confirmed, false)
			continue
		}
		assert.Equal(t, uint64(sent)+1, send[0].Seq, "in order, without a gap")
		sent += len(send)
		assert.LessOrEqual(t, uint64(sent)-confirmed, uint64(1024))
	}
}

func TestAnOutboxKeepsToItsShareOfALink(t *testing.T) {
	var b wire.Outbox
	b.Share(100)
	_, _, ask := b.Next(0, 0, 10_000)
	assert.Equal(t, 100, ask)
	b.Read(0, recordsFrom(1, 100))
	_, _, ask = b.Next(0, 0, 10_000)
	assert.Zero(t, ask)
	_, from, ask := b.Next(0, 30, 10_000)
	assert.Equal(t, uint64(101), from)
	assert.Equal(t, 30, ask)
	b.Share(1 << 40)
	_, _, ask = b.Next(0, 100, 10_000)
	assert.Zero(t, ask, "the disk has been asked")
	b.Read(0, recordsFrom(101, 130))
	_, _, ask = b.Next(0, 130, 10_000)
	assert.Equal(t, 256, ask, "never more than a run may alone")
}

func TestAnOutboxAsksTheDiskOnceAtATime(t *testing.T) {
	var b wire.Outbox
	_, from, ask := b.Next(0, 7, 1000)
	assert.Equal(t, uint64(8), from)
	assert.Equal(t, 256, ask)
	_, _, ask = b.Next(0, 7, 1000)
	assert.Zero(t, ask)
	assert.Empty(t, b.Read(5, nil), "the disk has nothing")
	_, _, ask = b.Next(2004, 7, 1000)
	assert.Zero(t, ask, "so it is not asked at once again")
	_, from, _ = b.Next(2005, 7, 1000)
	assert.Equal(t, uint64(8), from)
}

func TestAnOutboxThatKeepsTooMuchKeepsTheNewestWithoutAHole(t *testing.T) {
	var b wire.Outbox
	b.Keep(recordsFrom(1, 500)...)
	b.Keep(recordsFrom(501, 530)...)
	_, from, ask := b.Next(0, 0, 530)
	assert.Equal(t, uint64(1), from, "the disk has them")
	assert.Positive(t, ask)
	b.Read(0, recordsFrom(1, 64))
	b.Progress(0, 500, false)
	send, _, _ := b.Next(0, 500, 530)
	assert.Equal(t, uint64(501), send[0].Seq)
	assert.Len(t, send, 30)
}

func TestAnOutboxGoesBackWhenTheReceiverLostSomething(t *testing.T) {
	var b wire.Outbox
	b.Keep(recordsFrom(1, 3)...)
	b.Next(0, 0, 3)
	b.Progress(1, 1, true)
	send, _, _ := b.Next(2, 1, 3)
	assert.Equal(t, []uint64{2, 3}, seqs(send))
}

func TestWhatTheDiskGivesUnaskedIsNotSent(t *testing.T) {
	var b wire.Outbox
	assert.Empty(t, b.Read(0, recordsFrom(1, 3)))
}
