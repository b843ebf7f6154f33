package broker

import (
	"sync/atomic"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// WhenLeaving runs something once, on the way out of the first connection that ends: after the engine has asked whether
// another came in its place, and before it takes the client away.
func (b *Broker) WhenLeaving(do func()) error { return b.server.AddHook(&leaving{do: do}, nil) }

type leaving struct {
	mqtt.HookBase
	do   func()
	done atomic.Bool
}

func (l *leaving) ID() string              { return "leaving" }
func (l *leaving) Provides(hook byte) bool { return hook == mqtt.OnUnsubscribed }

func (l *leaving) OnUnsubscribed(*mqtt.Client, packets.Packet) {
	if l.done.CompareAndSwap(false, true) {
		l.do()
	}
}
