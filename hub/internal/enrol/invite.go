package enrol

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"portaria/identity"
	"portaria/identity/join"
)

// Rules of an invitation.
const (
	Life  = 15 * time.Minute
	Tries = 5

	maxInvited = 200
	maxGuests  = 200
)

// Invitation is what the person who adds a gate gets: a QR code for the gate's scanner, and the same to be typed.
type Invitation struct {
	Name    string    `json:"name"`
	Code    string    `json:"code"`  // PE1…: the text of the QR code
	Typed   string    `json:"typed"` // 16 characters, where there is no scanner
	Expires time.Time `json:"expires"`
	Replace bool      `json:"replace,omitempty"`
}

// Waiting is a gate that has used its code and waits for a person.
type Waiting struct {
	Name    string    `json:"name"`
	Words   [4]string `json:"words"` // as the gate shows them, if nobody stands in between
	From    string    `json:"from"`  // IP address
	Since   time.Time `json:"since"`
	Replace bool      `json:"replace,omitempty"`
}

// invited is an open invitation.
type invited struct {
	Invitation
	key   [32]byte
	lanes []join.Lane
	tries int
	used  *guest
}

// guest is who used one.
type guest struct {
	Waiting
	id    string
	mark  identity.Print
	key   *ecdsa.PublicKey
	lanes []join.Lane
	grant *join.Grant
	no    bool
}

// Invite makes a code for a gate. The name of a gate that is on the roll needs replace: its lanes are kept when none are
// given, and its old machine is out from the moment the new one is approved. Lanes may be empty where the gate's own
// configuration names its checkpoints. A new invitation ends an older one of that name.
func (r *Roll) Invite(name string, lanes []join.Lane, replace bool) (Invitation, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tidy()
	if err := r.free(name, identity.Gate, replace); err != nil {
		return Invitation{}, fmt.Errorf("invite %s: %w", name, err)
	}
	if old := r.members[name]; len(lanes) == 0 && old != nil {
		lanes = old.Lanes
	}
	r.forget(name)
	if len(r.invited) >= maxInvited {
		return Invitation{}, fmt.Errorf("invite %s: too many codes are open; wait until some expire", name)
	}
	token := identity.NewToken()
	for r.invited[token.Name()] != nil {
		token = identity.NewToken()
	}
	code, err := r.cfg.Self.invitation(token).Encode()
	if err != nil {
		return Invitation{}, err
	}
	i := &invited{Invitation: Invitation{Name: name, Code: code, Typed: token.String(), Expires: r.cfg.Now().Add(Life), Replace: replace},
		key: token.Key(), lanes: lanes}
	r.invited[token.Name()] = i
	r.cfg.Log.Info("a code to join was made", "gate", name, "replace", replace, "expires", i.Expires)
	return i.Invitation, nil
}

// Invitations are the codes that nobody has used yet.
func (r *Roll) Invitations() (out []Invitation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tidy()
	for _, i := range r.invited {
		if i.used == nil {
			out = append(out, i.Invitation)
		}
	}
	slices.SortFunc(out, func(a, b Invitation) int { return a.Expires.Compare(b.Expires) })
	return out
}

// Waiting are the gates that wait for a person, longest first.
func (r *Roll) Waiting() (out []Waiting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tidy()
	for _, g := range r.guests {
		if g.grant == nil && !g.no {
			out = append(out, g.Waiting)
		}
	}
	slices.SortFunc(out, func(a, b Waiting) int { return a.Since.Compare(b.Since) })
	return out
}

// Approve lets the gate of that name in. The words are those that the person has seen on the gate.
func (r *Roll) Approve(name string, words [4]string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.waiting(name)
	if g == nil {
		return fmt.Errorf("approve %s: %w", name, ErrNobody)
	}
	if g.Words != words {
		return fmt.Errorf("approve %s: %w", name, ErrWords)
	}
	if err := r.admit(g); err != nil {
		return fmt.Errorf("approve %s: %w", name, err)
	}
	return nil
}

// admit signs and writes the line; the caller holds mu.
func (r *Roll) admit(g *guest) error {
	now, old := r.cfg.Now(), r.members[g.Name]
	grant, leaf, err := r.cfg.Self.grant(identity.Subject{Role: identity.Gate, Name: g.Name}, g.key, now, g.lanes)
	if err != nil {
		return err
	}
	r.members[g.Name] = &Member{Name: g.Name, Role: identity.Gate, Key: Fingerprint(g.mark), Joined: now, Renewed: now,
		Expires: leaf.NotAfter, Lanes: g.lanes}
	if old != nil {
		r.members[g.Name].Stolen = old.Stolen
	}
	if err := r.keep(); err != nil {
		if r.members[g.Name] = old; old == nil {
			delete(r.members, g.Name)
		}
		return err
	}
	g.grant = grant
	if old != nil {
		r.cfg.Gone(g.Name, identity.Gate)
	}
	r.cfg.Joined(g.Name, identity.Gate)
	r.cfg.Log.Info("a gate has joined", "gate", g.Name, "from", g.From, "replaces", old != nil, "expires", leaf.NotAfter)
	return nil
}

// Refuse sends the gate of that name away; its code is used up.
func (r *Roll) Refuse(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.waiting(name)
	if g == nil {
		return fmt.Errorf("refuse %s: %w", name, ErrNobody)
	}
	g.no = true
	r.cfg.Log.Warn("a gate was refused", "gate", name, "from", g.From)
	return nil
}

func (r *Roll) waiting(name string) *guest {
	r.tidy()
	for _, g := range r.guests {
		if g.Name == name && g.grant == nil && !g.no {
			return g
		}
	}
	return nil
}

// tidy drops what is over; the caller holds mu. A guest keeps its place for a while after it was decided about, to hear
// of it.
func (r *Roll) tidy() {
	now := r.cfg.Now()
	for name, i := range r.invited {
		if !now.Before(i.Expires) || i.tries >= Tries && i.used == nil {
			delete(r.invited, name)
		}
	}
	for id, g := range r.guests {
		if now.Sub(g.Since) > 2*Life {
			delete(r.guests, id)
		}
	}
}

// forget ends the open invitations of a name, and whoever used them and waits.
func (r *Roll) forget(name string) {
	for token, i := range r.invited {
		if i.Name == name {
			delete(r.invited, token)
		}
	}
	for id, g := range r.guests {
		if g.Name == name {
			delete(r.guests, id)
		}
	}
}

var _ join.Host = (*Roll)(nil)

// Knock judges one who wants to join. A wrong proof costs the invitation one of its tries; whoever used it may ask again
// with the same key, since its answer may have been lost.
func (r *Roll) Knock(_ context.Context, k join.Knock) (join.Answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tidy()
	if !r.pace.Take(k.From, r.cfg.Now()) {
		return join.Answer{}, join.ErrBusy
	}
	i := r.invited[k.Invitation]
	if i == nil {
		return join.Answer{}, fmt.Errorf("no such invitation: %w", join.ErrRefused)
	}
	if !k.Proves(i.key) {
		i.tries++
		r.cfg.Log.Warn("somebody tried a code that is wrong", "gate", i.Name, "from", k.From, "tries_left", Tries-i.tries)
		return join.Answer{}, fmt.Errorf("wrong proof: %w", join.ErrRefused)
	}
	mark, err := identity.PrintOfPublic(k.Key)
	if err != nil {
		return join.Answer{}, err
	}
	g, err := r.receive(i, k, mark)
	if err != nil {
		return join.Answer{}, err
	}
	return join.Answer{ID: g.id, Proof: k.Proof(i.key)}, nil
}

// receive makes a guest of who has proved to be invited.
func (r *Roll) receive(i *invited, k join.Knock, mark identity.Print) (*guest, error) {
	if i.used != nil {
		if i.used.mark != mark {
			return nil, fmt.Errorf("the invitation is used up: %w", join.ErrRefused)
		}
		if i.used.grant == nil { // this connection's words are what the gate shows now
			i.used.Words, i.used.From = k.Words, k.From
		}
		return i.used, nil
	}
	if len(r.guests) >= maxGuests {
		return nil, join.ErrBusy
	}
	g := &guest{Waiting: Waiting{Name: i.Name, Words: k.Words, From: k.From, Since: r.cfg.Now(), Replace: i.Replace},
		id: rand.Text(), mark: mark, key: k.Key, lanes: i.lanes}
	i.used, r.guests[g.id] = g, g
	r.cfg.Log.Info("a gate waits to be approved", "gate", g.Name, "from", g.From, "words", g.Words)
	return g, nil
}

// Collect gives a guest what was decided.
func (r *Roll) Collect(_ context.Context, id string) (*join.Grant, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.guests[id]
	if g == nil || g.no {
		return nil, join.ErrRefused
	}
	return g.grant, nil
}

// Renew gives a member another certificate for the key it has. One that has expired may renew while the venue has an
// event: the doors are what matters then, and it is on the roll.
func (r *Roll) Renew(_ context.Context, n join.Renewal) (join.Grant, error) {
	key := identity.PrintOf(n.Leaf)
	if err := r.Judge(n.Who, key); err != nil {
		return join.Grant{}, errors.Join(join.ErrRefused, err)
	}
	asked, err := identity.PrintOfPublic(n.Key)
	if err != nil || asked != key {
		return join.Grant{}, fmt.Errorf("another key: %w", join.ErrRefused)
	}
	now := r.cfg.Now()
	if n.Expired && !r.cfg.Serving(now) {
		return join.Grant{}, fmt.Errorf("expired, and there is no event: %w", join.ErrRefused)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.members[n.Who.Name]
	grant, leaf, err := r.cfg.Self.grant(identity.Subject{Role: m.Role, Name: m.Name}, n.Key, now, m.Lanes)
	if err != nil {
		return join.Grant{}, err
	}
	m.Renewed, m.Expires = now, leaf.NotAfter
	r.cfg.Log.Info("a certificate was renewed", "name", m.Name, "had_expired", n.Expired, "expires", leaf.NotAfter)
	return *grant, r.keep()
}

// Roots are whom members believe.
func (r *Roll) Roots() []*x509.Certificate { return r.cfg.Self.Roots() }

// Believed are the roots, and the venue CA itself: what this hub has signed stays good when the root above it is dropped and
// the CA, with the key that it had, is under another.
func (r *Roll) Believed() []*x509.Certificate {
	return append(slices.Clone(r.Roots()), r.cfg.Self.Member().CA.Chain.Leaf())
}
