package edge

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"portaria/update"
)

// provenAfter is how long a version on trial serves before it may say that it works; the variable beside it is for tests.
const (
	provenAfter    = 30 * time.Second
	provenAfterEnv = "PORTARIA_PROVEN_AFTER"
)

// SelfTest opens all that a gate needs, as a start does, and closes it again. The gate must not be running. Nothing moves.
func SelfTest(cfg Config, log *slog.Logger) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("configuration:\n%w", err)
	}
	n, err := open(cfg, log)
	if err != nil {
		return err
	}
	n.close()
	return nil
}

// confirm tells whoever started this program on trial that it works: it has served for a while, and can still let
// somebody in.
func (n *node) confirm(ctx context.Context) {
	place := update.Place{State: os.Getenv(update.Env)}
	if place.State == "" || !place.Read().Trial {
		return
	}
	wait := provenAfter
	if told, err := time.ParseDuration(os.Getenv(provenAfterEnv)); err == nil {
		wait = told
	}
	for turn := time.NewTicker(wait); ; {
		select {
		case <-ctx.Done():
			turn.Stop()
			return
		case <-turn.C:
		}
		err := n.prove(ctx)
		if err == nil {
			err = place.Confirm()
		}
		if err == nil {
			n.log.Info("this version has proved itself")
			return
		}
		n.log.Warn("this version has not proved itself yet", "why", err)
	}
}
