// Package alive tells systemd that a program has started and that it still does its work. It knows how to say so; what
// the proof of life is, is for the program to know. Where systemd does not listen it does nothing.
package alive

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Guard says at once that the program is ready, and then, for as long as prove returns nil, that it is alive. It
// returns when ctx ends. A proof gets a third of systemd's WatchdogSec; one that fails is logged and tried again, and
// when none succeeds within WatchdogSec systemd kills the program and starts it anew. Prove is never asked when the unit
// has no watchdog.
//
// It says nothing at the end: a program may guard again after it has read its disk anew, and systemd would take the word
// that it stops for the last.
func Guard(ctx context.Context, prove func(context.Context) error, log *slog.Logger) {
	say(log, daemon.SdNotifyReady)
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Error("the unit's watchdog cannot be used", "why", err)
	}
	if err != nil || limit == 0 {
		<-ctx.Done()
		return
	}
	turn := time.NewTicker(limit / 3)
	defer turn.Stop()
	for {
		once(ctx, limit/3, prove, log)
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		}
	}
}

func once(ctx context.Context, limit time.Duration, prove func(context.Context) error, log *slog.Logger) {
	proof, end := context.WithTimeout(ctx, limit)
	defer end()
	switch err := prove(proof); {
	case ctx.Err() != nil: // it stops, and a stop proves nothing
	case err != nil:
		log.Error("no proof of life; the watchdog will start this program anew unless it recovers", "why", err)
	default:
		say(log, daemon.SdNotifyWatchdog)
	}
}

func say(log *slog.Logger, what string) {
	if _, err := daemon.SdNotify(false, what); err != nil {
		log.Error("systemd was not told", "what", what, "why", err)
	}
}
