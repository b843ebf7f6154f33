package catchup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portaria/edge/wire"
	"portaria/mqtt/broker"
	"portaria/mqtt/session"
)

// bareRate is how many records a second travel in the same messages through a broker that keeps nothing, from one client
// to another.
func bareRate(ctx context.Context, records []wire.Event) (float64, error) {
	const topic = "events"
	all := wire.Rights{Publish: []string{topic}, Subscribe: []string{topic}}
	b, err := broker.Start(ctx, broker.Config{Listen: "127.0.0.1:0", Rights: func(string) (wire.Rights, bool) { return all, true },
		OnPublish: func(string, string, []byte) error { return nil }})
	if err != nil {
		return 0, err
	}
	defer b.Close() //nolint:errcheck // it keeps nothing
	url := "tcp://" + b.Addr().String()
	from, errFrom := session.Open(session.Config{URL: url, ClientID: "from"})
	to, errTo := session.Open(session.Config{URL: url, ClientID: "to", Subscribe: map[string]byte{topic: 1}})
	if err := errors.Join(errFrom, errTo); err != nil {
		return 0, err
	}
	defer from.Close() //nolint:errcheck // nothing waits
	defer to.Close()   //nolint:errcheck // nothing waits
	messages, err := batches(records)
	if err != nil {
		return 0, err
	}
	for until := time.Now().Add(patience); !from.Up() || !to.Up(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			return 0, errors.New("no connection to a broker of this process")
		}
	}
	return race(ctx, from, to, topic, messages, len(records))
}

// batches are the messages in which a gate would send records: as many at once as it reads from its disk.
func batches(records []wire.Event) (messages [][]byte, err error) {
	const readAtOnce = 256 // see wire.Outbox
	for len(records) > 0 {
		n := min(readAtOnce, len(records))
		parts, err := wire.SplitEvents(records[:n])
		if err != nil {
			return nil, err
		}
		records = records[n:]
		for i, part := range parts {
			part.Number = uint64(len(messages) + i + 1) //nolint:gosec // small
			raw, err := wire.Encode(part)
			if err != nil {
				return nil, err
			}
			messages = append(messages, raw)
		}
	}
	return messages, nil
}

func race(ctx context.Context, from, to *session.Session, topic string, messages [][]byte, records int) (float64, error) {
	started := time.Now()
	sent, got := 0, 0
	late := time.NewTimer(patience)
	defer late.Stop()
	for got < len(messages) {
		for sent < len(messages) && sent-got < 64 {
			if err := from.Publish(topic, 1, messages[sent]); err != nil {
				return 0, fmt.Errorf("send batch %d to a broker that keeps nothing: %w", sent, err)
			}
			sent++
		}
		select {
		case <-to.Messages():
			got++
		case <-late.C:
			return 0, fmt.Errorf("%d of %d batches came through a broker that keeps nothing", got, len(messages))
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return float64(records) / time.Since(started).Seconds(), nil
}
