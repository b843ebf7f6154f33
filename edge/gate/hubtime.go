package gate

import "portaria/edge/wire"

// Trip is how long ago, ms, this run sent the heartbeat that a pulse answers. ok is false for a pulse that tells nothing about now:
// of an earlier run, which used the same numbers; of a hub that this gate does not obey; or on its way for as long as silence lasts.
func (s *State) Trip(p wire.Pulse, mono int64) (ms int64, ok bool) {
	if p.Newest != s.run || !s.mayObey(p.Term, p.Hub) {
		return 0, false
	}
	return s.trip(p.Number, mono)
}

// trip is how long ago a heartbeat left, ms.
func (s *State) trip(number uint64, mono int64) (ms int64, ok bool) {
	for _, b := range s.link.sent {
		if b.number == number && number != 0 && mono-b.at < silenceLimit {
			return mono - b.at, true
		}
	}
	return 0, false
}

// wander is how far apart two computers' clocks go: 1 ms in so many.
const wander = 5000

// HubTime is the hub's time as its pulses tell it. Who asks for the time over a network knows only that the answer was true somewhere
// between question and answer; so half of the trip is its age, it may be wrong by that half, and the quickest pulse is believed. The
// zero value has been told nothing.
type HubTime struct {
	told  bool
	unix  int64 // ms, at mono
	wrong int64 // by how many ms at most, at mono
	mono  int64 // ms
}

// Hear takes the time out of a pulse that came trip ms after its heartbeat (State.Trip). What a quicker one told stands, until it has
// grown as unsure; unless both can't be true: then a clock has been set, and the newer word counts.
func (h *HubTime) Hear(unix, trip, mono int64) {
	unix, wrong := unix+trip/2, trip/2+1
	stands := h.wrong + (mono-h.mono)/wander
	if apart := unix - h.At(mono); h.told && wrong > stands && max(apart, -apart) <= wrong+stands {
		return
	}
	*h = HubTime{told: true, unix: unix, wrong: wrong, mono: mono}
}

// Told says whether a pulse has told the time.
func (h *HubTime) Told() bool { return h.told }

// At is the hub's time, unix ms.
func (h *HubTime) At(mono int64) int64 { return h.unix + mono - h.mono }
