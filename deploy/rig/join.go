package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// JoinHub gets the hub its identity, as an operator would: a code from the cloud's API, and hub join. The hub must not
// run yet.
func (s *Site) JoinHub(ctx context.Context, bin string, organizer *Client) error {
	var made struct {
		Code string `json:"code"`
	}
	if err := organizer.Post(ctx, "/hubs/"+s.HubName+"/code", nil, &made); err != nil {
		return err
	}
	if err := os.WriteFile(s.config("hub"), []byte(s.HubConfig()), 0o600); err != nil {
		return fmt.Errorf("write the configuration of the hub: %w", err)
	}
	_, err := s.hub(ctx, bin, "join", made.Code)
	return err
}

func (s *Site) config(name string) string { return filepath.Join(s.Dir, name+".toml") }

// hub runs a command of the hub's program.
func (s *Site) hub(ctx context.Context, bin string, args ...string) ([]byte, error) {
	path, err := Find(bin, "hub")
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, path, append(args, "-config", s.config("hub"))...).Output() //nolint:gosec // our own program
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("hub %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	return out, err
}

// Joining is what a person sees who adds a gate.
type Joining struct {
	Code  string
	Words []string // on both screens
}

// JoinGate brings a gate that runs and has not joined yet to its hub, as a person would: the hub makes a code, the gate's
// own scanner reads it, the words on both screens are compared, and the hub is told yes.
func (s *Site) JoinGate(ctx context.Context, bin string, g Gate, door *Door) (j Joining, err error) {
	if j.Code, err = s.Invite(ctx, bin, g); err != nil {
		return j, err
	}
	if err := door.Scanner.Scan(ctx, j.Code); err != nil {
		return j, err
	}
	err = Within(ctx, StartLimit, "the same words at "+g.Name+" and at the hub", func(ctx context.Context) (err error) {
		j.Words, err = s.compare(ctx, bin, g)
		return err
	})
	if err != nil {
		return j, err
	}
	return j, s.Approve(ctx, bin, g.Name, j.Words)
}

// Invite has the hub make a code for a new gate.
func (s *Site) Invite(ctx context.Context, bin string, g Gate) (code string, err error) {
	out, err := s.hub(ctx, bin, "enrol", "add", g.Name, "-lane", "1="+g.Checkpoint, "-json")
	if err != nil {
		return "", err
	}
	var made struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		return "", fmt.Errorf("understand the hub's code: %w", err)
	}
	return made.Code, nil
}

// Approve tells the hub that a gate that joins shows these words. The hub refuses others than its own.
func (s *Site) Approve(ctx context.Context, bin, gate string, words []string) error {
	_, err := s.hub(ctx, bin, append([]string{"enrol", "approve", gate}, words...)...)
	return err
}

// compare reads the words on both screens.
func (s *Site) compare(ctx context.Context, bin string, g Gate) ([]string, error) {
	out, err := s.hub(ctx, bin, "enrol", "list", "-json")
	if err != nil {
		return nil, err
	}
	var roll struct {
		Waiting []struct {
			Name  string   `json:"name"`
			Words []string `json:"words"`
		} `json:"waiting"`
	}
	if err := json.Unmarshal(out, &roll); err != nil {
		return nil, err
	}
	words, err := shownWords(ctx, g.Panel)
	if err != nil {
		return nil, err
	}
	for _, w := range roll.Waiting {
		if w.Name != g.Name {
			continue
		}
		if len(words) != 4 || !slices.Equal(w.Words, words) {
			return nil, fmt.Errorf("the gate shows %q and the hub %q", words, w.Words)
		}
		return words, nil
	}
	return nil, errors.New("nobody waits at the hub")
}

// shownWords reads what the screen of a gate that joins shows.
func shownWords(ctx context.Context, panel string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+panel+"/status", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var st struct {
		Enrol struct {
			Words []string `json:"words"`
		} `json:"enrol"`
	}
	err = json.NewDecoder(response.Body).Decode(&st)
	return st.Enrol.Words, err
}

// Observe makes the papers of an observer, and gives the mosquitto options to watch the venue with.
func (s *Site) Observe(ctx context.Context, bin, name string) (options string, err error) {
	if _, err := s.hub(ctx, bin, "enrol", "observer", name, "-out", s.Dir); err != nil {
		return "", err
	}
	host, port, _ := strings.Cut(s.Hub.MQTT, ":")
	at := func(file string) string { return filepath.Join(s.Dir, file) }
	return fmt.Sprintf("-h %s -p %s -i %s --cafile %s --cert %s --key %s -t 'portaria/1/%s/#' -v", host, port, name,
		at("roots.crt"), at(name+".crt"), at(name+".key"), s.Venue), nil
}

// Shows is nil once a gate's screen answers, joined or not.
func Shows(ctx context.Context, panel string) error {
	_, err := shownWords(ctx, panel)
	return err
}
