package enrol

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"portaria/edge/wire"
	"portaria/identity"
	"portaria/identity/join"
)

// Errors that people are told.
var (
	ErrUnknown = errors.New("there is nobody of that name on this hub's roll")
	ErrNobody  = errors.New("nobody of that name waits; the code must be used first")
	ErrName    = errors.New("this name is taken; remove who has it first, or replace the gate")
	ErrWords   = errors.New("these are not the words of who waits: look at both screens again")
)

// Member is a line of the roll.
type Member struct {
	Name    string        `json:"name"`
	Role    identity.Role `json:"role"` // gate or observer
	Key     Fingerprint   `json:"key"`
	Joined  time.Time     `json:"joined"`
	Renewed time.Time     `json:"renewed"`
	Expires time.Time     `json:"expires"`
	Lanes   []join.Lane   `json:"lanes,omitempty"`
	Removed *time.Time    `json:"removed,omitempty"` // since when it is out; it keeps its line, and its name
	Stolen  []Fingerprint `json:"stolen,omitempty"`  // keys of machines of this name that were stolen
}

// Fingerprint is a key's, in hex where people see it.
type Fingerprint identity.Print

// MarshalText is hex.
func (f Fingerprint) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x", f[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	raw := make([]byte, 0, len(f))
	if _, err := fmt.Sscanf(string(text), "%x", &raw); err != nil || len(raw) != len(f) {
		return errors.New("a fingerprint is 32 hex digits")
	}
	copy(f[:], raw)
	return nil
}

// Config is what a roll needs.
type Config struct {
	Dir  string
	Self *Self
	// Gone hears of a name whose certificate is not wanted any more: it was removed, or its machine replaced. Joined
	// hears of one that was approved. Neither may call the roll.
	Gone   func(name string, role identity.Role)
	Joined func(name string, role identity.Role)
	// Serving says whether the venue has an event about now: then a gate whose certificate has expired may renew it.
	Serving func(at time.Time) bool
	Now     func() time.Time
	Log     *slog.Logger
}

// Roll is open for the life of the hub.
type Roll struct {
	cfg Config

	mu      sync.Mutex
	members map[string]*Member
	invited map[string]*invited // by the token's name
	guests  map[string]*guest   // by id
	pace    join.Pace
	version int // counts changes
}

const rollFile = "roll.json"

// Open reads the roll, an empty one where there is none.
func Open(cfg Config) (*Roll, error) {
	r := &Roll{cfg: cfg, members: map[string]*Member{}, invited: map[string]*invited{}, guests: map[string]*guest{},
		pace: join.Pace{PerAddress: 10, All: maxGuests}}
	raw, err := identity.Read(filepath.Join(cfg.Dir, rollFile), false)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	var lines []Member
	if err == nil {
		err = json.Unmarshal(raw, &lines)
	}
	if err != nil {
		return nil, fmt.Errorf("read the hub's roll: %w", err)
	}
	for _, m := range lines {
		r.members[m.Name] = &m
	}
	return r, nil
}

// Members is the roll, in order of names; who was removed too.
func (r *Roll) Members() (out []Member) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(r.members)) {
		out = append(out, *r.members[name])
	}
	return out
}

// Role says what a member is; false when there is no member of that name, or it was removed.
func (r *Roll) Role(name string) (identity.Role, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.members[name]
	if m == nil || m.Removed != nil {
		return "", false
	}
	return m.Role, true
}

// Gates are the names of the gates on the roll.
func (r *Roll) Gates() (names []string) {
	for _, m := range r.Members() {
		if m.Role == identity.Gate && m.Removed == nil {
			names = append(names, m.Name)
		}
	}
	return names
}

// Judge says whether a certificate that was verified is still wanted here: nil, or why not.
func (r *Roll) Judge(who identity.Subject, key identity.Print) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.members[who.Name]
	switch {
	case m == nil || m.Role != who.Role:
		return fmt.Errorf("%s: %w", who, ErrUnknown)
	case m.Removed != nil:
		return fmt.Errorf("%s was removed from this hub", who)
	case identity.Print(m.Key) != key:
		return fmt.Errorf("%s was replaced, and this is its old machine", who)
	}
	return nil
}

// Remove throws a member out, for good; its name stays taken by its line, and can be invited again. Stolen says that
// somebody has the machine: the cloud, which hears of it with the roll, then changes every secret that it knew. That it was
// stolen may be said of one that is out already.
func (r *Roll) Remove(name string, stolen bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.members[name]
	if m == nil || m.Removed != nil && (!stolen || slices.Contains(m.Stolen, m.Key)) {
		return fmt.Errorf("remove %s: %w", name, ErrUnknown)
	}
	before := *m
	now := r.cfg.Now()
	if m.Removed == nil {
		m.Removed = &now
	}
	if stolen {
		m.Stolen = append(slices.Clone(m.Stolen), m.Key)
	}
	if err := r.keep(); err != nil {
		r.members[name] = &before
		return err
	}
	r.forget(name)
	r.cfg.Log.Warn("removed from this hub's roll", "name", name, "role", m.Role, "stolen", stolen)
	r.cfg.Gone(name, m.Role)
	return nil
}

// keep writes the roll; the caller holds mu.
func (r *Roll) keep() error {
	var lines []Member
	for _, name := range slices.Sorted(maps.Keys(r.members)) {
		lines = append(lines, *r.members[name])
	}
	raw, err := json.MarshalIndent(lines, "", "  ")
	if err == nil {
		err = identity.Write(filepath.Join(r.cfg.Dir, rollFile), raw)
	}
	if err != nil {
		return fmt.Errorf("keep the hub's roll: %w", err)
	}
	r.version++
	return nil
}

// Copy is the roll for whoever takes this hub's place, and a number that grows with each change.
func (r *Roll) Copy() (raw []byte, version int, err error) {
	lines := r.Members()
	r.mu.Lock()
	version = r.version
	r.mu.Unlock()
	if lines == nil {
		lines = []Member{}
	}
	raw, err = json.Marshal(lines)
	return raw, version, err
}

// Inherit begins a hub's roll with that of the hub before it: gates keep their certificates, which its CA has signed under
// the same root, and who was removed stays out.
func Inherit(dir string, raw []byte) error {
	var lines []Member
	if err := json.Unmarshal(raw, &lines); err != nil {
		return fmt.Errorf("read the roll of the hub before this one: %w", err)
	}
	return identity.Write(filepath.Join(dir, rollFile), raw)
}

// free says whether a name may be invited. The caller holds mu.
func (r *Roll) free(name string, role identity.Role, replace bool) error {
	if strings.HasPrefix(name, "phone-") {
		return fmt.Errorf("%w: names that begin with phone- are those of telephones", ErrName)
	}
	if err := wire.CheckName(name); err != nil {
		return err
	}
	if name == r.cfg.Self.Member().Settings.Name {
		return fmt.Errorf("%w: it is the hub's own", ErrName)
	}
	m := r.members[name]
	there := m != nil && m.Removed == nil
	switch {
	case m != nil && m.Role != role:
		return ErrName
	case there && !replace:
		return ErrName
	case !there && replace:
		return ErrUnknown
	}
	return nil
}
