package enrol

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"portaria/identity"
)

// ForMQTT is the TLS of the broker: who connects must be on the roll, its certificate in time.
func (r *Roll) ForMQTT() *tls.Config {
	return identity.Listener{Certificate: r.cfg.Self.Door, Roots: r.Believed, Judge: r.admitted}.Config()
}

// ForHTTP is the TLS of what gates fetch: whoever wants to join has no certificate yet, and one that has expired may
// still ask to renew. Everything else goes through Only.
func (r *Roll) ForHTTP() *tls.Config {
	return identity.Listener{Certificate: r.cfg.Self.Door, Roots: r.Believed, NoName: true,
		Judge: func(who identity.Subject, leaf *x509.Certificate, err error) error {
			if errors.Is(err, identity.ErrExpired) {
				return r.Judge(who, identity.PrintOf(leaf))
			}
			return r.admitted(who, leaf, err)
		}}.Config()
}

func (r *Roll) admitted(who identity.Subject, leaf *x509.Certificate, err error) error {
	if err != nil {
		return err
	}
	if who.Venue != r.cfg.Self.Member().Settings.Venue {
		return fmt.Errorf("%s is of another venue", who)
	}
	return r.Judge(who, identity.PrintOf(leaf))
}

// Client says whose a connection is, at this moment: for the broker.
func (r *Roll) Client(state tls.ConnectionState) (string, error) {
	who, err := r.holder(&state)
	return who.Name, err
}

// holder judges a connection anew: its holder may have been removed since it was made.
func (r *Roll) holder(state *tls.ConnectionState) (identity.Subject, error) {
	if state == nil || len(state.PeerCertificates) == 0 {
		return identity.Subject{}, errors.New("it brings no certificate")
	}
	who, err := identity.Verify(state.PeerCertificates, r.Believed(), time.Now())
	return who, r.admitted(who, state.PeerCertificates[0], err)
}

// Only serves members of one role, and asks the roll for every request.
func (r *Roll) Only(role identity.Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		who, err := r.holder(q.TLS)
		if err != nil || who.Role != role {
			http.Error(w, "This is for machines on this hub's roll: join, or renew your certificate.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, q)
	})
}
