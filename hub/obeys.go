package hub

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

	"portaria/edge/wire"
)

// heard takes a gate's heartbeat.
func (h *Hub) heard(gate string, state wire.State) {
	h.orders.Heard(gate, state)
	h.obeyed.Heard(gate, state)
}

// cloudState is the heartbeat to the cloud.
func (h *Hub) cloudState() wire.HubState {
	state := h.floor.HubState()
	state.Venue, state.Program = h.relay.Obeys(), program()
	return state
}

// program is the version that runs: the name of the executable where updates put it, else the commit that it was built from.
var program = sync.OnceValue(func() string {
	if path, err := os.Executable(); err == nil && filepath.Base(filepath.Dir(path)) == "slots" {
		return filepath.Base(path)
	}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return ""
})
