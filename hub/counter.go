package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portaria/hub/internal/enrol"
	"portaria/identity/join"
)

// counterFile is the socket at which people at this machine speak to the hub: who may write to its state folder may.
const counterFile = "hub.sock"

// Enrolled is what GET /enrol of the socket answers.
type Enrolled struct {
	Members     []enrol.Member     `json:"members"`
	Invitations []enrol.Invitation `json:"invitations"` // not used yet
	Waiting     []enrol.Waiting    `json:"waiting"`     // for a person to approve
}

// Order is what somebody at this machine asks of the roll; which fields count depends on the order.
type Order struct {
	Name    string      `json:"name"`
	Lanes   []join.Lane `json:"lanes,omitempty"`
	Replace bool        `json:"replace,omitempty"`
	Words   [4]string   `json:"words,omitzero"`
	Stolen  bool        `json:"stolen,omitempty"`
}

// openCounter listens on the socket. A folder whose path is too long for one is reached by way of /proc.
func (h *Hub) openCounter(ctx context.Context) error {
	if h.roll == nil {
		return nil
	}
	path, done, err := socketPath(h.cfg.StateDir)
	if err != nil {
		return err
	}
	defer done()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open %s: %w", counterFile, err)
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("open %s: %w", counterFile, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, socket.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /enrol", func(w http.ResponseWriter, _ *http.Request) { reply(w, h.enrolled(), nil) })
	mux.HandleFunc("POST /enrol/{order}", h.serveOrder)
	h.counter = h.server(mux)
	h.serve(h.counter, socket)
	return nil
}

// socketPath names the socket in at most the 107 characters that a socket's name may have.
func socketPath(dir string) (path string, done func(), err error) {
	path = filepath.Join(dir, counterFile)
	if len(path) < 100 {
		return path, func() {}, nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, fmt.Errorf("open the state folder: %w", err)
	}
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), counterFile), func() { _ = folder.Close() }, nil
}

func (h *Hub) enrolled() Enrolled {
	return Enrolled{Members: h.roll.Members(), Invitations: h.roll.Invitations(), Waiting: h.roll.Waiting()}
}

func (h *Hub) serveOrder(w http.ResponseWriter, r *http.Request) {
	var in Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
		reply(w, nil, fmt.Errorf("this order can't be read: %w", err))
		return
	}
	var out any = struct{}{}
	var err error
	switch r.PathValue("order") {
	case "invite":
		out, err = h.roll.Invite(in.Name, in.Lanes, in.Replace)
	case "approve":
		err = h.roll.Approve(in.Name, in.Words)
	case "refuse":
		err = h.roll.Refuse(in.Name)
	case "remove":
		err = h.roll.Remove(in.Name, in.Stolen)
	case "observer":
		out, err = h.roll.AddObserver(in.Name)
	default:
		http.NotFound(w, r)
		return
	}
	reply(w, out, err)
}

func reply(w http.ResponseWriter, out any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // who hung up can't be told
}

// Counter is the other end of the socket: for commands at this machine.
type Counter struct{ client *http.Client }

// AtCounter speaks to the hub that runs on that state folder.
func AtCounter(stateDir string) *Counter {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, done, err := socketPath(stateDir)
		if err != nil {
			return nil, err
		}
		defer done()
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	return &Counter{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 10 * time.Second}}
}

// Enrolled asks who is there, invited and waiting.
func (c *Counter) Enrolled(ctx context.Context) (out Enrolled, err error) {
	return out, c.do(ctx, http.MethodGet, "/enrol", nil, &out)
}

// Invite makes a code for a gate.
func (c *Counter) Invite(ctx context.Context, in Order) (out enrol.Invitation, err error) {
	return out, c.do(ctx, http.MethodPost, "/enrol/invite", in, &out)
}

// Approve, Refuse and Remove are orders without an answer.
func (c *Counter) Approve(ctx context.Context, name string, words [4]string) error {
	return c.do(ctx, http.MethodPost, "/enrol/approve", Order{Name: name, Words: words}, nil)
}

// Refuse sends away who waits.
func (c *Counter) Refuse(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodPost, "/enrol/refuse", Order{Name: name}, nil)
}

// Remove throws a member out; stolen has the cloud change the secrets that it knew.
func (c *Counter) Remove(ctx context.Context, name string, stolen bool) error {
	return c.do(ctx, http.MethodPost, "/enrol/remove", Order{Name: name, Stolen: stolen}, nil)
}

// Observer makes the papers of a client that may only read.
func (c *Counter) Observer(ctx context.Context, name string) (out enrol.Papers, err error) {
	return out, c.do(ctx, http.MethodPost, "/enrol/observer", Order{Name: name}, &out)
}

func (c *Counter) do(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://hub"+path, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("the hub can't be asked; does it run on this machine, and are you its user? %w", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(raw)))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
