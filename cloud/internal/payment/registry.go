package payment

import (
	"fmt"
	"regexp"
)

var wellNamed = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// Registry is the payment ways of a cloud, in the order in which they are offered.
type Registry struct {
	byName map[string]Provider
	order  []string
}

// NewRegistry refuses two providers of one name, and names that could not stand in an address.
func NewRegistry(providers ...Provider) (*Registry, error) {
	r := &Registry{byName: map[string]Provider{}}
	for _, p := range providers {
		name := p.Name()
		if !wellNamed.MatchString(name) {
			return nil, fmt.Errorf("payment provider %q: a name has 1 to 32 of a-z, 0-9 and _", name)
		}
		if _, taken := r.byName[name]; taken {
			return nil, fmt.Errorf("payment provider %s is there twice", name)
		}
		r.byName[name] = p
		r.order = append(r.order, name)
	}
	return r, nil
}

// Provider finds a payment way by name; "" is the first that is offered.
func (r *Registry) Provider(name string) (Provider, bool) {
	if name == "" && len(r.order) > 0 {
		name = r.order[0]
	}
	p, ok := r.byName[name]
	return p, ok
}

// Names lists the payment ways in the order in which they are offered.
func (r *Registry) Names() []string { return append([]string(nil), r.order...) }
