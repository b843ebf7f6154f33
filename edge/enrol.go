package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"portaria/edge/internal/enrol"
)

// Enrol joins this gate to the hub of a code that somebody typed: through the gate's program where that runs, else by
// itself. It says what happens, and ends when the gate has joined or was refused.
func Enrol(ctx context.Context, cfg Config, code string, say func(string)) error {
	if cfg.member != nil {
		return fmt.Errorf("this gate has joined already, as %s; edge enrol --forget first, if it shall belong elsewhere", cfg.Gate)
	}
	if cfg.Insecure {
		return errors.New("insecure = true: a gate with plain links joins nobody; take that line out")
	}
	running, err := hand(ctx, cfg.Panel.Listen, code)
	if err != nil {
		return err
	}
	if running {
		return follow(ctx, func() (enrol.Status, error) { return askEnrol(ctx, cfg.Panel.Listen) }, say)
	}
	return enrolHere(ctx, cfg, code, say)
}

// hand gives the code to the gate that runs; false when none does.
func hand(ctx context.Context, panel, code string) (bool, error) {
	if panel == "" {
		return false, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+panel+"/enrol", strings.NewReader(code))
	if err != nil {
		return false, err
	}
	answer, err := http.DefaultClient.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		why, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return true, fmt.Errorf("the gate's program does not take the code: %s", bytes.TrimSpace(why))
	}
	return true, nil
}

func askEnrol(ctx context.Context, panel string) (enrol.Status, error) {
	var st struct {
		Gate  string       `json:"gate"`
		Enrol enrol.Status `json:"enrol"`
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+panel+"/status", nil)
	if err != nil {
		return st.Enrol, err
	}
	answer, err := http.DefaultClient.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return enrol.Status{}, nil // between the two servers of the panel
	}
	if err != nil {
		return st.Enrol, err
	}
	defer answer.Body.Close()
	err = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&st)
	if st.Gate != "" {
		st.Enrol = enrol.Status{Phase: enrol.Joined, Name: st.Gate}
	}
	return st.Enrol, err
}

// follow tells what happens until it has an end.
func follow(ctx context.Context, ask func() (enrol.Status, error), say func(string)) error {
	var before string
	for {
		st, err := ask()
		if err != nil {
			return err
		}
		if text := inWords(st); text != before && text != "" {
			say(text)
			before = text
		}
		switch st.Phase {
		case enrol.Joined:
			return nil
		case enrol.Refused:
			return errors.New(st.Error)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func inWords(st enrol.Status) string {
	switch {
	case st.Phase == enrol.Joined:
		return "joined as " + st.Name
	case len(st.Words) > 0:
		return "say yes at the hub if it shows these words: " + strings.Join(st.Words, " ")
	case st.Error != "":
		return st.Error
	case st.Phase == enrol.Searching:
		return "looking for the hub"
	}
	return ""
}

func enrolHere(ctx context.Context, cfg Config, code string, say func(string)) error {
	if err := errors.Join(checkStateDir(cfg.StateDir), cfg.checkTPM()); err != nil {
		return err
	}
	guest := enrol.New(enrol.Config{Dir: cfg.identityDir(), Fixed: cfg.fixed(), Find: findAnyHub, NewKey: cfg.newKey, Log: slog.New(slog.DiscardHandler)})
	if err := guest.Offer(code); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, 1)
	go func() { _, err := guest.Run(ctx); failed <- err }()
	return follow(ctx, func() (enrol.Status, error) {
		st, _ := guest.Status()
		select {
		case err := <-failed:
			if err != nil {
				return st, err
			}
		default:
		}
		return st, nil
	}, say)
}

// Forget throws a gate's identity away. The gate must not run.
func Forget(cfg Config) error {
	if _, err := os.Stat(cfg.identityDir()); err != nil {
		return fmt.Errorf("there is no identity to forget: %w", err)
	}
	return os.RemoveAll(cfg.identityDir())
}
