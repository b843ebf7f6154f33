package venue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/venue"
	"portaria/edge/wire"
)

// swapped is an arbiter with an empty disk, in a venue with two gates and a cloud that has had another before it.
func swapped(t *testing.T) *bench {
	b := startBench(t, func(boot *venue.Boot) {
		boot.Cloud, boot.Disk, boot.Enrolled, boot.Memory = true, "new", []string{"gate-1", "gate-2"}, venue.Memory{}
	})
	b.feed(venue.CloudLink{Up: true})
	b.commit()
	return b
}

// word is the cloud's answer to a heartbeat.
func (b *bench) word(term, newest uint64, marks ...wire.Watermark) {
	beat := b.state.Heartbeat()
	b.feed(venue.CloudAcked{Ack: wire.Ack{Number: beat.Number, Incarnation: "db", Watermarks: marks,
		Word: &wire.Word{Disk: beat.Disk, Run: beat.Run, Term: term, Newest: newest, Of: len(marks), Whole: beat.Whole}}})
	b.commit()
}

func obeys2(s *wire.State) {
	s.Term, s.Hub, s.Run, s.Runs = 2, "hub-1", run(2), []wire.RunState{{Run: run(2)}}
}

func TestAHubWithAnEmptyDiskIsFilledUpByTheCloudBeforeItGrants(t *testing.T) {
	b := swapped(t)
	beat := b.state.Heartbeat()
	assert.True(t, beat.New && beat.Whole)
	assert.NotEmpty(t, of[venue.BeatNow](b.all), "it does not wait for its next heartbeat")
	b.word(2, 2, wire.Watermark{Gate: "gate-9", Run: run(1), Cloud: 2})
	want, asked := last[venue.SendWant](b.all)
	require.True(t, asked)
	assert.Equal(t, wire.Want{V: wire.Version, Gate: "gate-9", Run: run(1), From: 1}, want.Want)
	for _, gate := range []string{"gate-1", "gate-2"} {
		b.beat(gate, 0, 1, obeys2)
		b.commit()
	}
	assert.False(t, b.state.View().Ready, "the cloud has more")

	first, second := entry(1, 1), entry(2, 2)
	for seq, e := range []*wire.Event{&first, &second} {
		e.Gate, e.Run, e.Seq, e.Record.Gate = "gate-9", run(1), uint64(seq)+1, "gate-9"
	}
	b.feed(venue.BackCame{Events: wire.Events{Gate: "gate-9", Run: run(1), Events: []wire.Event{first}}})
	b.commit()
	want, _ = last[venue.SendWant](b.all)
	assert.EqualValues(t, 2, want.Want.From, "it goes on at once")
	b.feed(venue.BackCame{Events: wire.Events{Gate: "gate-9", Run: run(1), Events: []wire.Event{first, second}}})
	b.commit()
	for _, gate := range []string{"gate-1", "gate-2"} {
		b.beat(gate, 0, 1, obeys2)
		b.commit()
	}
	require.True(t, b.state.View().Ready)
	claim := claimOf(1, 5, 1)
	claim.Run = run(2)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-1", claim).Reason, "a ticket that a dead gate let in")
	assert.Empty(t, of[venue.SendUp](b.all), "the cloud has it")
}

func TestWhoMustSpeakBeforeANewHubGrants(t *testing.T) {
	for _, row := range []struct {
		name         string
		term, newest uint64
		do           func(*bench)
		ready        bool
	}{
		{"a first hub waits for nobody it never heard", 1, 1, func(*bench) {}, true},
		{"one that took another's place does", 2, 2, func(*bench) {}, false},
		{"unless a supervisor excludes the gate and has seen the old hub off", 2, 2, func(b *bench) {
			b.feed(venue.Exclude{Gate: "gate-2", OldHubOff: true})
		}, true},
		{"which must be said", 2, 2, func(b *bench) { b.feed(venue.Exclude{Gate: "gate-2"}) }, false},
		{"before or with it", 2, 2, func(b *bench) { b.feed(venue.OldHubOff{}); b.feed(venue.Exclude{Gate: "gate-2"}) }, true},
		{"one that is not the newest grants nothing", 2, 3, func(b *bench) {
			b.feed(venue.Exclude{Gate: "gate-2", OldHubOff: true})
		}, false},
	} {
		b := swapped(t)
		b.word(row.term, row.newest)
		row.do(b)
		b.commit()
		for range 2 {
			b.beat("gate-1", 0, 1, obeys2, func(s *wire.State) { s.Term = row.term })
			b.commit()
		}
		assert.Equal(t, row.ready, b.state.View().Ready, row.name)
	}
}

func TestANewHubWaitsForItsCloudUntilSomebodyGoesOnWithoutIt(t *testing.T) {
	b := swapped(t)
	b.feed(venue.CloudLink{Up: false})
	old := func(s *wire.State) { obeys2(s); s.Term = 0 }
	for _, gate := range []string{"gate-1", "gate-2"} {
		b.beat(gate, 0, 1, old)
		b.commit()
	}
	assert.False(t, b.state.View().Ready)
	b.feed(venue.WithoutCloud{})
	b.commit()
	assert.True(t, b.state.View().Ready)
}

func TestAnAnswerForAnotherDiskOrAnEarlierLifeSaysNothing(t *testing.T) {
	for _, word := range []wire.Word{{Disk: "other", Term: 9, Newest: 9, Whole: true}, {Disk: "new", Run: "before", Term: 9, Newest: 9, Whole: true}} {
		b := swapped(t)
		b.feed(venue.CloudAcked{Ack: wire.Ack{Incarnation: "db", Word: &word}})
		b.commit()
		assert.Zero(t, b.state.View().Term)
		assert.False(t, b.state.View().Ready)
	}
}

func TestTheCloudIsAskedAgainWhenAnAnswerIsLost(t *testing.T) {
	b := swapped(t)
	b.word(2, 2, wire.Watermark{Gate: "gate-9", Run: run(1), Cloud: 2})
	n := len(of[venue.SendWant](b.all))
	b.pass(5 * time.Second)
	assert.Greater(t, len(of[venue.SendWant](b.all)), n)
}
