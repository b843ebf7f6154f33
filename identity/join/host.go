package join

import (
	"context"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"portaria/identity"
)

// ErrRefused is the answer to whoever may not join or renew, whatever the reason: who guesses learns nothing.
var ErrRefused = errors.New("refused")

// ErrBusy is the answer to one who asks too often.
var ErrBusy = errors.New("too many attempts")

// Host decides who joins. Its methods may be called from several goroutines.
type Host interface {
	// Knock judges one who wants to join; an error is ErrRefused, ErrBusy, or a fault of the host's.
	Knock(ctx context.Context, k Knock) (Answer, error)
	// Collect gives what an ask has come to; nil while nobody has decided. ErrRefused.
	Collect(ctx context.Context, id string) (*Grant, error)
	// Renew gives a member a new certificate. ErrRefused.
	Renew(ctx context.Context, r Renewal) (Grant, error)
	// Roots are whom members should believe; the first is the one that new certificates are under.
	Roots() []*x509.Certificate
	// Believed are those whose signatures count here: the roots, and of a hub its own CA.
	Believed() []*x509.Certificate
}

// Knock is one attempt to join.
type Knock struct {
	Invitation string // the token's name
	From       string // IP address
	Key, CAKey *ecdsa.PublicKey
	Words      [4]string // for people to compare

	ask      Ask
	exporter []byte
}

// Proves says whether the guest knows the token with that key.
func (k Knock) Proves(key [32]byte) bool {
	return hmac.Equal(k.ask.Proof, identity.Proof(key, identity.Guest, k.exporter, k.ask.covered()))
}

// Proof is the host's own, for the Answer.
func (k Knock) Proof(key [32]byte) []byte {
	return identity.Proof(key, identity.Host, k.exporter, k.ask.covered())
}

// Renewal is a member that wants a new certificate. Its certificate has been verified, but for its time.
type Renewal struct {
	Who        identity.Subject
	Leaf       *x509.Certificate
	Expired    bool
	Key, CAKey *ecdsa.PublicKey
}

// Register adds POST /enrol, GET /enrol/{id}, POST /renew and GET /roots to a mux that is served over TLS. The listener
// must let clients without a certificate and expired ones connect; everything else must ask Client for itself.
func Register(mux *http.ServeMux, host Host, log *slog.Logger) {
	d := desk{host, log}
	mux.HandleFunc("POST /enrol", d.enrol)
	mux.HandleFunc("GET /enrol/{id}", d.collect)
	mux.HandleFunc("POST /renew", d.renew)
	mux.HandleFunc("GET /roots", d.roots)
}

type desk struct {
	host Host
	log  *slog.Logger
}

func (d desk) enrol(w http.ResponseWriter, r *http.Request) {
	ask, err := readAsk(w, r)
	if err != nil {
		d.explain(w, r, err)
		return
	}
	k := Knock{Invitation: ask.Invitation, From: from(r), ask: ask}
	if k.exporter, err = identity.Exporter(r.TLS); err == nil {
		k.Key, k.CAKey, err = ask.keys()
	}
	if err != nil {
		d.explain(w, r, errors.Join(errBad, err))
		return
	}
	k.Words = identity.Words(k.exporter, ask.covered())
	answer, err := d.host.Knock(r.Context(), k)
	answer.V = version
	d.reply(w, r, http.StatusOK, answer, err)
}

func (d desk) collect(w http.ResponseWriter, r *http.Request) {
	grant, err := d.host.Collect(r.Context(), r.PathValue("id"))
	if err == nil && grant == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	d.reply(w, r, http.StatusOK, grant, err)
}

func (d desk) renew(w http.ResponseWriter, r *http.Request) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		d.explain(w, r, ErrRefused)
		return
	}
	who, err := identity.Verify(r.TLS.PeerCertificates, d.host.Believed(), time.Now())
	expired := errors.Is(err, identity.ErrExpired)
	if err != nil && !expired {
		d.explain(w, r, ErrRefused)
		return
	}
	ask, err := readAsk(w, r)
	if err != nil {
		d.explain(w, r, err)
		return
	}
	renewal := Renewal{Who: who, Leaf: r.TLS.PeerCertificates[0], Expired: expired}
	if renewal.Key, renewal.CAKey, err = ask.keys(); err != nil {
		d.explain(w, r, errors.Join(errBad, err))
		return
	}
	grant, err := d.host.Renew(r.Context(), renewal)
	d.reply(w, r, http.StatusOK, grant, err)
}

// roots are no secret; who fetches them over a connection it trusts may believe them.
func (d desk) roots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(identity.EncodeCerts(d.host.Roots())) // who hung up can't be told
}

// errBad is a message that can't be read.
var errBad = errors.New("not a message of this protocol")

func readAsk(w http.ResponseWriter, r *http.Request) (ask Ask, err error) {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&ask); err != nil || ask.V != version {
		return ask, errors.Join(errBad, err)
	}
	return ask, nil
}

// keys checks the certificate requests.
func (a Ask) keys() (key, ca *ecdsa.PublicKey, err error) {
	if key, err = identity.CheckRequest(a.Request); err != nil || len(a.CA) == 0 {
		return key, nil, err
	}
	ca, err = identity.CheckRequest(a.CA)
	return key, ca, err
}

func (d desk) reply(w http.ResponseWriter, r *http.Request, status int, what any, err error) {
	if err != nil {
		d.explain(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // who hung up can't be told
}

func (d desk) explain(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrRefused):
		http.Error(w, "This code or certificate is not valid here, or not any more: ask for a new code.", http.StatusForbidden)
	case errors.Is(err, ErrBusy):
		w.Header().Set("Retry-After", "5")
		http.Error(w, "Too many attempts; wait a little.", http.StatusTooManyRequests)
	case errors.Is(err, errBad):
		http.Error(w, "This is not a message of this protocol.", http.StatusBadRequest)
	default:
		d.log.Error("a machine could not join or renew", "from", from(r), "why", err)
		http.Error(w, "Not now; try again.", http.StatusServiceUnavailable)
	}
}

func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
