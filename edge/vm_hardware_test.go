//go:build vm

package edge_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge"
	"portaria/edge/admit"
	"portaria/edge/internal/lane"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Lanes of the gate, by what they hear.
const (
	bySerial = iota
	byKeys
	byWedge
	byCamera
)

// tried is the gate with all its devices, and what was counted.
type tried struct {
	*site
	gpio                                                bool
	plugs, unplugs, replugs, admitted, refused, misread int
	passed                                              int // at the serial lane
	next                                                ticket.ID
}

func newTried(t *testing.T) *tried {
	h := &tried{gpio: os.Getenv("GPIO") != "", next: 1}
	h.site = newSite(t, func(c *edge.Config) {
		c.SecretAtRest, c.StateDir, c.Panel.Listen = "disk", "/tmp/state", "127.0.0.1:8090"
		c.Lanes = nil
		for i, device := range [][2]string{{serialName, "generic-serial"}, {typedName, "generic-keyboard"}, {wedgeName, "keyboard-de"}, {cameraName, "camera"}} {
			c.Lanes = append(c.Lanes, edge.Lane{Number: i + 1, Checkpoint: "door", Scanner: device[0], Profile: device[1]})
		}
		if h.gpio {
			c.Lanes[bySerial].Output = edge.Output{Board: "gpio", Profile: "perco-turnstile", Chip: "9030000.pl061",
				Lines: map[string]int{"unlock_a": 0, "unlock_b": 1, "passage_a": 3, "passage_b": 4, "lamp_green": 5, "lamp_red": 6, "buzzer": 7}}
		}
	})
	return h
}

// says waits until the gate's own status calls a lane's scanner that.
func (h *tried) says(at int, state string) {
	h.t.Helper()
	h.until("lane "+string(rune('1'+at))+" "+state, func(st lane.Status) bool { return st.Lanes[at].Scanner == state })
}

// expect does what makes a lane read something, and waits for the verdict. An emulated machine may be so slow that the
// kernel drops keys: such a code must be unreadable or unknown, never another one, and is scanned again.
func (h *tried) expect(at int, want admit.Reason, do func()) {
	h.t.Helper()
	for range 4 {
		shown := h.verdict(at, do)
		switch {
		case shown.Reason == want && shown.Admit:
			h.admitted++
			return
		case shown.Reason == want:
			h.refused++
			return
		}
		require.Contains(h.t, []admit.Reason{admit.Unreadable, admit.Unknown}, shown.Reason, "lane %d", at+1)
		h.misread++
		time.Sleep(2 * time.Second)
	}
	require.Fail(h.t, "four times no code", "lane %d", at+1)
}

func (h *tried) verdict(at int, do func()) (shown lane.Shown) {
	h.t.Helper()
	var before admit.ScanID
	if last := h.status().Lanes[at].Last; len(last) > 0 {
		before = last[0].Scan
	}
	do()
	h.until("a verdict", func(st lane.Status) bool {
		if len(st.Lanes[at].Last) > 0 && st.Lanes[at].Last[0].Scan != before {
			shown = st.Lanes[at].Last[0]
			return true
		}
		return false
	})
	return shown
}

// fresh is a ticket that nobody has used.
func (h *tried) fresh() string {
	h.next++
	return h.next.Short()
}

// pass lets the person through who was admitted last at the serial lane: the machine's power button is the contact. A
// machine without lines has a simulated turnstile, where people pass by themselves.
func (h *tried) pass() {
	h.t.Helper()
	if h.gpio {
		tell("press")
	}
	h.passed++
	h.until("somebody has passed", func(st lane.Status) bool { return st.Lanes[bySerial].In == h.passed })
}

func (h *tried) plug(g gadget) {
	h.t.Helper()
	g.plug()
	h.plugs++
	h.says(bySerial, "ready")
	h.says(byKeys, "ready")
}

func (h *tried) unplug(g gadget) {
	h.t.Helper()
	g.unplug()
	h.unplugs++
	h.says(bySerial, "gone")
	h.says(byKeys, "gone")
}

// replugs is how often the USB scanner is pulled out and put in again.
const replugs = 5

// TestVMHardware runs the real gate while its scanners come and go.
func TestVMHardware(t *testing.T) {
	h := newTried(t)
	g := newGadget(t)
	writeConfig(t, h.cfg, "/tmp/edge.toml")
	stop := h.program("/tmp/edge.toml")
	for at := range 4 {
		require.Equal(t, "gone", h.status().Lanes[at].Scanner, "nothing is plugged in yet")
	}
	h.plug(g)
	h.open(h.hub.src.Event("gala"), 500, whitelist.Checkpoint{})
	h.hub.unplug() // everybody is judged by what this gate holds: an emulated machine is too slow for a hub's 300 ms
	h.until("the gate knows that it is alone", func(st lane.Status) bool { return !st.Hub.Up })

	h.serial(g)
	h.keys(g)
	for range replugs {
		g.send("HAL")
		h.unplug(g)
		h.replugs++
		h.plug(g)
		h.serial(g)
		h.keys(g)
	}
	h.wedge()
	h.flood(g)
	h.camera()
	stop()
	for lane := 1; lane <= 4; lane++ {
		assert.True(t, h.logged("scanner gone", fmt.Sprintf("lane=%d", lane)), "the log tells an operator of lane %d", lane)
	}
	assert.True(t, h.logged("10 codes within a minute were none", "lane=1"), "and of the flood")
	tell("counts plugged=%d unplugged=%d replugged=%d admitted=%d refused=%d misread=%d", h.plugs, h.unplugs, h.replugs, h.admitted, h.refused, h.misread)
}

func (h *tried) serial(g gadget) {
	h.t.Helper()
	code := h.fresh()
	if h.replugs > 0 { // the half code from before the unplugging must not be taken for a part of this one
		tell("after replug %d", h.replugs)
	}
	h.expect(bySerial, admit.OKOffline, func() { g.send("]Q1" + code + "\r\n") })
	h.pass()
	time.Sleep(2 * time.Second) // the same code at once would be the same scan
	h.expect(bySerial, admit.AlreadyUsed, func() { g.send(code + "\r\n") })
}

func (h *tried) keys(g gadget) {
	h.t.Helper()
	code := h.fresh()
	h.expect(byKeys, admit.OKOffline, func() { g.press(code + "\n") })
	h.expect(byKeys, admit.Unknown, func() { g.press("NOTICKET" + strings.Repeat("x", h.replugs) + "\n") })
}

func (h *tried) wedge() {
	h.t.Helper()
	for range 2 {
		w := newWedge(h.t)
		h.plugs++
		h.says(byWedge, "ready")
		code := h.fresh()
		h.expect(byWedge, admit.OKOffline, func() { w.press(code + "\r") })
		w.unplug()
		h.unplugs++
		h.says(byWedge, "gone")
	}
}

// flood sends garbage without end at one lane, some 20 kB a second, which is more than a serial line carries; people at
// another do not notice.
func (h *tried) flood(g gadget) {
	h.t.Helper()
	end, done := time.Now().Add(5*time.Second), make(chan struct{})
	go func() {
		defer close(done)
		for time.Now().Before(end) {
			g.send(strings.Repeat("\x00\xff garbage", 40) + "\r")
			time.Sleep(20 * time.Millisecond)
		}
	}()
	for range 3 {
		code := h.fresh()
		h.expect(byKeys, admit.OKOffline, func() { g.press(code + "\n") })
	}
	<-done
	tell("flooded")
}

func (h *tried) camera() {
	h.t.Helper()
	s := newScreen(h.t)
	h.plugs++
	h.says(byCamera, "ready")
	code := h.fresh()
	h.expect(byCamera, admit.OKOffline, func() { s.show(code) })
	s.hide()
	h.expect(byCamera, admit.Unknown, func() { s.show("NOTICKET") })
	s.unplug()
	h.unplugs++
	h.says(byCamera, "gone")
}
