package enrol

import (
	"errors"
	"fmt"

	"portaria/identity"
)

// Papers are what an observer's MQTT client is given: files in PEM.
type Papers struct {
	Certificate []byte `json:"certificate"` // with the venue's CA
	Key         []byte `json:"key"`
	Roots       []byte `json:"roots"` // for the client to check the hub
}

// AddObserver makes the papers of a client that may read the venue's messages and send none. The key is made here, since
// the client can't ask for a certificate, and is not kept. A name that is there gets new ones, and the old ones end.
func (r *Roll) AddObserver(name string) (Papers, error) {
	papers, err := r.addObserver(name)
	if err != nil {
		return Papers{}, fmt.Errorf("add observer %s: %w", name, err)
	}
	return papers, nil
}

func (r *Roll) addObserver(name string) (p Papers, err error) {
	key, err := identity.NewKey()
	if err != nil {
		return p, err
	}
	mark, err := identity.PrintOfPublic(key.Public())
	if err != nil {
		return p, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.members[name]
	if err := r.free(name, identity.Observer, old != nil && old.Removed == nil); err != nil {
		return p, err
	}
	now := r.cfg.Now()
	grant, leaf, err := r.cfg.Self.grant(identity.Subject{Role: identity.Observer, Name: name}, key.Public(), now, nil)
	if err != nil {
		return p, err
	}
	r.members[name] = &Member{Name: name, Role: identity.Observer, Key: Fingerprint(mark), Joined: now, Renewed: now, Expires: leaf.NotAfter}
	if err := r.keep(); err != nil {
		return p, err
	}
	r.cfg.Gone(name, identity.Observer)
	r.cfg.Log.Info("an observer was added", "name", name, "expires", leaf.NotAfter)
	chain, err := identity.ParseChain(grant.Certificate)
	p.Certificate, p.Roots = identity.EncodeCerts(chain), identity.EncodeCerts(r.cfg.Self.Roots())
	var errKey error
	p.Key, errKey = identity.EncodeKey(key)
	return p, errors.Join(err, errKey)
}
