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
		{"a first hub waits three seconds for whom it never heard", 1, 1, func(*bench) {}, false},
		{"and no longer", 1, 1, func(b *bench) { b.pass(3 * time.Second) }, true},
		{"one that took another's place does", 2, 2, func(b *bench) { b.pass(3 * time.Second) }, false},
		{"unless a supervisor excludes the gate and has seen the old hub off", 2, 2, func(b *bench) {
			b.feed(venue.Exclude{Gate: "gate-2", OldHubOff: true})
			b.word(2, 2)
		}, true},
		{"and the cloud has named all again, for the old hub may have brought it more until then", 2, 2, func(b *bench) {
			before := b.state.Heartbeat()
			b.feed(venue.Exclude{Gate: "gate-2", OldHubOff: true})
			b.feed(venue.CloudAcked{Ack: wire.Ack{Number: before.Number, Incarnation: "db",
				Word: &wire.Word{Disk: before.Disk, Run: before.Run, Term: 2, Newest: 2, Whole: true}}})
		}, false},
		{"which must be said", 2, 2, func(b *bench) { b.feed(venue.Exclude{Gate: "gate-2"}) }, false},
		{"before or with it", 2, 2, func(b *bench) { b.feed(venue.OldHubOff{}); b.feed(venue.Exclude{Gate: "gate-2"}); b.word(2, 2) }, true},
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

// restored is an only hub of a venue whose disk looks whole, and is as old as somebody's last backup.
func restored(t *testing.T) *bench {
	b := startBench(t, func(boot *venue.Boot) {
		boot.Cloud, boot.Disk, boot.Enrolled = true, "same", []string{"gate-1"}
		boot.Memory = venue.Memory{Term: 1, Head: 9, Disk: "same", Incarnation: "db"}
	})
	b.feed(venue.CloudLink{Up: true})
	b.commit()
	b.beat("gate-1", 0, 1, obeys2, func(s *wire.State) { s.Term = 1 })
	b.commit()
	return b
}

func TestAStartingHubHearsItsCloudBeforeItGrants(t *testing.T) {
	b := restored(t)
	assert.True(t, b.state.Heartbeat().Whole, "everything that the cloud holds is named")
	assert.False(t, b.state.View().Ready)
	asked := len(of[venue.BeatNow](b.all))
	b.pass(600 * time.Millisecond)
	assert.Greater(t, len(of[venue.BeatNow](b.all)), asked, "the answer was lost: it asks again")
	b.word(1, 1)
	assert.True(t, b.state.View().Ready)
	assert.False(t, b.state.Heartbeat().Whole)
}

func TestAStartingHubDoesNotWaitLongForACloudThatIsAway(t *testing.T) {
	for _, up := range []bool{true, false} {
		b := restored(t)
		b.feed(venue.CloudLink{Up: up})
		b.pass(2900 * time.Millisecond)
		assert.False(t, b.state.View().Ready)
		b.pass(100 * time.Millisecond)
		assert.True(t, b.state.View().Ready)
	}
}

// All that was known of an admission beside the cloud died in one power cut, and the cloud's first answer is lost.
func TestAnOnlyHubThatLacksWhatItsCloudHoldsIsFilledUpFirst(t *testing.T) {
	b := restored(t)
	b.pass(5 * time.Second)
	b.word(1, 1, wire.Watermark{Gate: "gate-9", Run: run(1), Cloud: 1})
	assert.False(t, b.state.View().Ready, "late, but it is heard")
	assert.Len(t, b.incidents(venue.OldDisk), 1)
	b.word(1, 1, wire.Watermark{Gate: "gate-9", Run: run(1), Cloud: 1})
	b.pass(time.Minute)
	require.False(t, b.state.View().Ready, "it knows what is lacking, and waits for it")

	lost := entry(1, 1)
	lost.Gate, lost.Run, lost.Seq, lost.Record.Gate = "gate-9", run(1), 1, "gate-9"
	b.feed(venue.BackCame{Events: wire.Events{Gate: "gate-9", Run: run(1), Events: []wire.Event{lost}}})
	b.commit()
	for range 2 {
		b.beat("gate-1", 0, 1, obeys2, func(s *wire.State) { s.Term, s.HeardFrom = 1, 1 })
		b.commit()
	}
	require.True(t, b.state.View().Ready)
	claim := claimOf(1, 5, 1)
	claim.Run = run(2)
	assert.Equal(t, admit.AlreadyUsed, b.claim("gate-1", claim).Reason)
}

func TestAHubThatReplacedAnotherMayLackWhatThatOneStillSends(t *testing.T) {
	b := restored(t)
	b.word(2, 2)
	b.beat("gate-1", 0, 1, obeys2)
	b.commit()
	b.beat("gate-1", 0, 1, obeys2)
	b.commit()
	require.True(t, b.state.View().Ready)
	b.word(2, 2, wire.Watermark{Gate: "gate-9", Run: run(1), Cloud: 1})
	assert.True(t, b.state.View().Ready)
	assert.Empty(t, b.incidents(venue.OldDisk))
}

// What a telephone decided alone goes to the cloud beside the hub, which fetches it from there.
func TestWhatATelephoneBringsToTheCloudStopsNobody(t *testing.T) {
	b := restored(t)
	b.word(1, 1)
	require.True(t, b.state.View().Ready)
	b.word(1, 1, wire.Watermark{Gate: "phone-ana", Run: run(1), Cloud: 3})
	assert.True(t, b.state.View().Ready)
	assert.Empty(t, b.incidents(venue.OldDisk))
	want, asked := last[venue.SendWant](b.all)
	require.True(t, asked, "it is fetched all the same")
	assert.Equal(t, "phone-ana", want.Want.Gate)
	b.word(1, 1, wire.Watermark{Gate: "phone-ana", Run: run(2), Cloud: 1})
	assert.False(t, b.state.View().Ready, "where it asked, its records came through the hub")
}

func TestTheNameOfADiskIsToldOnceItIsDurable(t *testing.T) {
	b := startBench(t, func(boot *venue.Boot) { boot.Cloud, boot.Disk = true, "made-up" })
	b.feed(venue.CloudLink{Up: true})
	assert.Empty(t, b.state.Heartbeat().Disk, "the next life may make up another")
	b.commit()
	assert.Equal(t, "made-up", b.state.Heartbeat().Disk)
}

// The cloud was restored to a time before the first hub had spoken, so it takes the second one for the first.
func TestAHubThatIsNotTheFirstIsFilledUpWhateverItsCloudSays(t *testing.T) {
	b := swapped(t)
	b.word(1, 1)
	b.pass(3 * time.Second)
	require.True(t, b.state.View().Ready, "nobody has been heard yet")
	b.beat("gate-2", 0, 1, func(s *wire.State) { s.Term, s.Hub = 1, "hub-0" })
	b.commit()
	b.word(1, 1)
	for range 2 {
		b.beat("gate-1", 0, 1, obeys2, func(s *wire.State) { s.Term = 1 })
		b.commit()
	}
	assert.False(t, b.state.View().Ready, "gate-2 may know of somebody who is in, and obeys the hub before")
	assert.Len(t, b.incidents(venue.TermTaken), 1, "it says what to do")
	b.word(2, 2)
	for range 2 {
		for _, gate := range []string{"gate-1", "gate-2"} {
			b.beat(gate, 0, 1, obeys2)
			b.commit()
		}
	}
	assert.True(t, b.state.View().Ready, "with a higher term everybody comes over")
}
