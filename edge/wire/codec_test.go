package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/admit"
	"portaria/edge/wire"
)

var run = wire.Run{Start: 7, Random: 0x9f3a61c2}

func batch(from, n int) []wire.Event {
	var out []wire.Event
	for i := range n {
		out = append(out, wire.Event{Gate: "gate-1", Run: run, Seq: uint64(from + i), Type: wire.Refusal,
			Scan: admit.ScanID{1, byte(i)}, Reason: admit.Unknown, At: 1_800_000_000_000, Clock: admit.Synced,
			Text: strings.Repeat("Ж", wire.MaxText)})
	}
	return out
}

func TestARunHasOneSpelling(t *testing.T) {
	assert.Equal(t, "7-9f3a61c2", run.String())
	back, err := wire.ParseRun("7-9f3a61c2")
	require.NoError(t, err)
	assert.Equal(t, run, back)
	for _, wrong := range []string{"", "7", "7-", "-9f3a61c2", "07-9f3a61c2", "+7-9f3a61c2", "7-9F3A61C2", "7-9f3a61c",
		"7-09f3a61c2", "7-9f3a61c2-", "4294967296-9f3a61c2", "7-9f3a61c2\n", strings.Repeat("7", 1<<16)} {
		_, err := wire.ParseRun(wrong)
		assert.Error(t, err, wrong)
	}
}

func TestNamesAreShortAndPlain(t *testing.T) {
	for _, good := range []string{"a", "gate-1", "0", strings.Repeat("z", 32)} {
		assert.NoError(t, wire.CheckName(good))
	}
	for _, bad := range []string{"", "Gate", "gate_1", "gate/1", "gate+", "#", "$x", "pörta", "a b", strings.Repeat("z", 33)} {
		assert.Error(t, wire.CheckName(bad), bad)
	}
}

func TestAMessageIsReadBackAsItWasWritten(t *testing.T) {
	want := wire.Events{Number: 9, Gate: "gate-1", Run: run, Events: batch(41, 3)}
	raw, err := wire.Encode(want)
	require.NoError(t, err)
	got, err := wire.Decode[wire.Events](raw)
	require.NoError(t, err)
	want.V = wire.Version
	assert.Equal(t, want, got)
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	got, err := wire.Decode[wire.Pulse]([]byte(`{"v":1,"number":4,"hub":"hub-1","mood":{"deep":[1,2]}}`))
	require.NoError(t, err)
	assert.Equal(t, wire.Pulse{V: 1, Number: 4, Hub: "hub-1"}, got)
}

func TestBadMessagesAreRefusedByKind(t *testing.T) {
	claim := `{"v":1,"run":"7-9f3a61c2","req":1}`
	for why, row := range map[string]struct {
		decode func([]byte) error
		raw    string
		kind   error
	}{
		"not JSON":              {decode[wire.Claim], "\x00\xff\x10", wire.ErrMalformed},
		"empty":                 {decode[wire.Claim], "", wire.ErrMalformed},
		"half":                  {decode[wire.Claim], claim[:20], wire.ErrMalformed},
		"two objects":           {decode[wire.Claim], claim + claim, wire.ErrMalformed},
		"an array":              {decode[wire.Claim], `[1]`, wire.ErrMalformed},
		"null":                  {decode[wire.Claim], `null`, wire.ErrMalformed},
		"no version":            {decode[wire.Claim], `{"run":"7-9f3a61c2","req":1}`, wire.ErrMalformed},
		"version as text":       {decode[wire.Claim], `{"v":"1"}`, wire.ErrMalformed},
		"later version":         {decode[wire.Claim], `{"v":2,"run":{"any":"shape"}}`, wire.ErrVersion},
		"run misspelt":          {decode[wire.Claim], `{"v":1,"run":"7-x","req":1}`, wire.ErrMalformed},
		"no run":                {decode[wire.Claim], `{"v":1,"req":1}`, wire.ErrMalformed},
		"req zero":              {decode[wire.Claim], `{"v":1,"run":"7-9f3a61c2","req":0}`, wire.ErrMalformed},
		"req negative":          {decode[wire.Claim], `{"v":1,"run":"7-9f3a61c2","req":-1}`, wire.ErrMalformed},
		"claim too large":       {decode[wire.Claim], pad(claim, 4<<10+1), wire.ErrTooLarge},
		"events of 1 MB":        {decode[wire.Events], pad(`{"v":1}`, 1<<20), wire.ErrTooLarge},
		"no events":             {decode[wire.Events], `{"v":1,"gate":"gate-1","run":"7-9f3a61c2","events":[]}`, wire.ErrMalformed},
		"a gap":                 {decode[wire.Events], events(1, 3), wire.ErrMalformed},
		"seq from zero":         {decode[wire.Events], events(0, 1), wire.ErrMalformed},
		"another gate's event":  {decode[wire.Events], strings.Replace(events(1, 2), `"gate":"gate-1","run":"7-9f3a61c2","seq":2`, `"gate":"gate-2","run":"7-9f3a61c2","seq":2`, 1), wire.ErrMalformed},
		"gate misnamed":         {decode[wire.State], `{"v":1,"gate":"gate/1","run":"7-9f3a61c2"}`, wire.ErrMalformed},
		"order that never ends": {decode[wire.Command], `{"v":1,"id":"a","type":"message"}`, wire.ErrMalformed},
		"patch and blob":        {decode[wire.PatchNotice], `{"v":1}`, wire.ErrMalformed},
		"no manifest":           {decode[wire.ListNotice], `{"v":1}`, wire.ErrMalformed},
		"venue over the inline limit": {decode[wire.VenueNotice], `{"v":1,"venue":"` + strings.Repeat("AAAA", wire.MaxInline/3+1) + `"}`,
			wire.ErrMalformed},
	} {
		assert.ErrorIs(t, row.decode([]byte(row.raw)), row.kind, why)
	}
}

func decode[T any, P wire.Pointer[T]](raw []byte) error {
	_, err := wire.Decode[T, P](raw)
	return err
}

// events is a batch with these seqs.
func events(seqs ...int) string {
	var all []string
	for _, seq := range seqs {
		all = append(all, fmt.Sprintf(`{"gate":"gate-1","run":"7-9f3a61c2","seq":%d}`, seq))
	}
	return `{"v":1,"gate":"gate-1","run":"7-9f3a61c2","events":[` + strings.Join(all, ",") + `]}`
}

func pad(object string, size int) string {
	return strings.TrimSuffix(object, "}") + `,"pad":"` + strings.Repeat("x", size) + `"}`
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	_, err := wire.Encode(wire.Claim{Run: run})
	assert.ErrorIs(t, err, wire.ErrMalformed)
	_, err = wire.Encode(wire.Command{ID: "a", Type: wire.Message, DropAfter: 1, Text: strings.Repeat("x", 5000)})
	assert.ErrorIs(t, err, wire.ErrTooLarge)
}

func TestEventsAreSplitToFitAndNoneIsLost(t *testing.T) {
	parts, err := wire.SplitEvents(batch(1, 1000))
	require.NoError(t, err)
	assert.Greater(t, len(parts), 10)
	next := uint64(1)
	for _, part := range parts {
		_, err := wire.Encode(part)
		require.NoError(t, err)
		for _, e := range part.Events {
			require.Equal(t, next, e.Seq)
			next++
		}
	}
	assert.EqualValues(t, 1001, next)
}

func TestARecordThatFitsNoMessageIsAnError(t *testing.T) {
	big := batch(1, 1)
	big[0].Text = strings.Repeat("x", wire.MaxMessage)
	_, err := wire.SplitEvents(big)
	assert.ErrorIs(t, err, wire.ErrTooLarge)
}

func TestAcksAndHubStatesAreSplitToFit(t *testing.T) {
	ack := wire.Ack{Number: 5, Incarnation: "a"}
	state := wire.HubState{Hub: "hub-1", Number: 6}
	for i := range 400 {
		gate := fmt.Sprintf("gate-%d", i)
		ack.Watermarks = append(ack.Watermarks, wire.Watermark{Gate: gate, Run: run, Hub: 1 << 40, Cloud: 1 << 40})
		state.Gates = append(state.Gates, wire.GateState{Gate: gate, Lanes: make([]wire.LaneState, 4)})
	}
	acks, err := wire.SplitWatermarks(ack)
	require.NoError(t, err)
	marks := 0
	for _, part := range acks {
		_, err := wire.Encode(part)
		require.NoError(t, err)
		assert.EqualValues(t, 5, part.Number)
		marks += len(part.Watermarks)
	}
	assert.Equal(t, 400, marks)

	states, err := wire.SplitHubState(state)
	require.NoError(t, err)
	gates := 0
	for _, part := range states {
		_, err := wire.Encode(part)
		require.NoError(t, err)
		gates += len(part.Gates)
	}
	assert.Equal(t, 400, gates)

	empty, err := wire.SplitWatermarks(wire.Ack{Number: 8})
	require.NoError(t, err)
	assert.Len(t, empty, 1)
}

func TestAGateThatSaysTooMuchOfItselfKeepsNoOtherFromBeingToldOf(t *testing.T) {
	state := wire.HubState{Hub: "hub-1", Gates: []wire.GateState{
		{Gate: "a-thief", Lanes: []wire.LaneState{{Lane: 1, Controller: strings.Repeat("x", wire.MaxMessage)}}},
		{Gate: "gate-1", Lanes: []wire.LaneState{{Lane: 1, Controller: "ana"}}},
	}}
	states, err := wire.SplitHubState(state)
	require.NoError(t, err)
	require.Len(t, states, 1)
	assert.Equal(t, "a-thief", states[0].Gates[0].Gate)
	assert.Empty(t, states[0].Gates[0].Lanes)
	assert.Equal(t, "ana", states[0].Gates[1].Lanes[0].Controller)
	assert.Len(t, state.Gates[0].Lanes, 1, "the caller's stay as they are")
}
