package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"portaria/deploy/rig"
)

// cable is what runs between two machines, messages and HTTPS alike: what happens to it happens to both.
type cable struct {
	name  string
	ends  rig.Place // where the machine that calls finds the other
	wires []*toxiproxy.Proxy

	mu    sync.Mutex
	cuts  int            // strikes that hold the cable out
	toxic map[string]int // by name, how many strikes hold it in
}

// removeLimit bounds how long a toxic may resist its removal; a connection that is stuck in one is cut.
const removeLimit = 2 * time.Second

// layCable puts proxies between a machine and the place that it calls.
func layCable(name string, at, to rig.Place) (*cable, error) {
	quiet := zerolog.Nop()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), quiet)
	c := &cable{name: name, ends: at, toxic: map[string]int{}}
	for _, wire := range []struct{ listen, upstream string }{{at.MQTT, to.MQTT}, {at.Door, to.Door}} {
		proxy := toxiproxy.NewProxy(server, name, wire.listen, wire.upstream)
		if err := proxy.Start(); err != nil {
			return nil, fmt.Errorf("lay the cable of %s: %w", name, err)
		}
		c.wires = append(c.wires, proxy)
	}
	return c, nil
}

// cut takes the cable out, join puts it back in. Whoever cuts must join.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cuts++; c.cuts == 1 {
		for _, w := range c.wires {
			w.Stop()
		}
	}
}

func (c *cable) join() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cuts--; c.cuts > 0 {
		return nil
	}
	return c.start()
}

func (c *cable) start() error {
	var faults []error
	for _, w := range c.wires {
		if err := w.Start(); err != nil {
			faults = append(faults, fmt.Errorf("put the cable of %s back in: %w", c.name, err))
		}
	}
	return errors.Join(faults...)
}

// poison puts a strike's toxic into the cable and returns its name.
func (c *cable) poison(s Strike) (string, error) {
	kind, stream, attributes := toxicOf(s)
	name := kind + "-" + stream
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.toxic[name]++; c.toxic[name] > 1 {
		return name, nil
	}
	text, err := json.Marshal(map[string]any{"name": name, "type": kind, "stream": stream, "toxicity": 1, "attributes": attributes})
	if err != nil {
		return "", err
	}
	for _, w := range c.wires {
		if _, err := w.Toxics.AddToxicJson(strings.NewReader(string(text))); err != nil {
			return "", fmt.Errorf("%s on the cable of %s: %w", s.Kind, c.name, err)
		}
	}
	return name, nil
}

// toxicOf is a strike in the words of toxiproxy. A caller's machine is downstream: upstream is toward the cloud.
func toxicOf(s Strike) (kind, stream string, attributes map[string]any) {
	stream = "downstream"
	if s.Up {
		stream = "upstream"
	}
	switch s.Kind {
	case Slow:
		return "latency", stream, map[string]any{"latency": s.Millis, "jitter": s.Millis / 2}
	case BlackHole:
		return "timeout", stream, map[string]any{"timeout": 0}
	case Reset:
		return "reset_peer", stream, map[string]any{"timeout": 100}
	default:
		return "slicer", stream, map[string]any{"average_size": 40, "size_variation": 20, "delay": 2000}
	}
}

// cure takes a toxic out again. Where a connection is stuck in it, the connection is cut.
func (c *cable) cure(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.toxic[name]--; c.toxic[name] > 0 {
		return nil
	}
	stuck := false
	for _, w := range c.wires {
		ctx, cancel := context.WithTimeout(context.Background(), removeLimit)
		err := w.Toxics.RemoveToxic(ctx, name)
		stuck = stuck || err != nil || ctx.Err() != nil
		cancel()
	}
	if !stuck || c.cuts > 0 {
		return nil
	}
	for _, w := range c.wires {
		w.Stop()
	}
	return c.start()
}

func (c *cable) remove() {
	for _, w := range c.wires {
		w.Stop()
	}
}
