package identity

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// Certificate is a chain with its key, as TLS wants it. The whole chain travels, so that who trusts a CA in its middle
// (a pin) can follow it.
func Certificate(chain Chain, key crypto.Signer) *tls.Certificate {
	return &tls.Certificate{Certificate: chain.DER(), PrivateKey: key, Leaf: chain.Leaf()}
}

// Listener is the TLS configuration of a listener. Judge sees the connection before a byte of it is believed, with who
// the other side's certificate says it is by the roots (ErrExpired among its errors); the zero Subject and no error is a
// client without a certificate.
type Listener struct {
	Certificate func() (*tls.Certificate, error) // asked for each connection, so that it can change
	Roots       func() []*x509.Certificate
	Judge       func(who Subject, leaf *x509.Certificate, why error) error
	NoName      bool // clients without a certificate may connect
}

// Config is the configuration: TLS 1.3 and nothing older, no resumed sessions, so that every connection is judged anew.
func (l Listener) Config() *tls.Config {
	auth := tls.RequireAnyClientCert
	if l.NoName {
		auth = tls.RequestClientCert
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: auth, SessionTicketsDisabled: true,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.Certificate() },
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				if l.NoName {
					return nil
				}
				return errors.New("it brings no certificate")
			}
			who, err := Verify(state.PeerCertificates, l.Roots(), time.Now())
			return l.Judge(who, state.PeerCertificates[0], err)
		}}
}

// Dialer is the TLS configuration of who connects. The server's host name says nothing, its certificate everything.
type Dialer struct {
	Certificate func() (*tls.Certificate, error) // nil = none is shown
	Verify      func(chain Chain) error          // of the server's certificates
}

// Config is the configuration.
func (d Dialer) Config() *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS13,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does all of it, and host names are not what counts here
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return fmt.Errorf("%w: it has none", ErrNotOurs)
			}
			return d.Verify(state.PeerCertificates)
		}}
	if d.Certificate != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return d.Certificate() }
	}
	return cfg
}

// Is is a Dialer's Verify: the server must be of that role, of that venue (empty = the platform's own), by one of the roots.
func Is(role Role, venue string, roots func() []*x509.Certificate) func(Chain) error {
	return func(chain Chain) error {
		who, err := Verify(chain, roots(), time.Now())
		if err != nil {
			return err
		}
		if who.Role != role || who.Venue != venue {
			return fmt.Errorf("%w: %s, and not the %s that is wanted", ErrNotOurs, who, role)
		}
		return nil
	}
}

// exporterLabel names the bytes that both ends of a TLS connection know and nobody else.
const exporterLabel = "EXPORTER-portaria-join-1"

// Exporter gives 32 bytes that only the two ends of this connection know.
func Exporter(state *tls.ConnectionState) ([]byte, error) {
	if state == nil {
		return nil, errors.New("this is no TLS connection")
	}
	return state.ExportKeyingMaterial(exporterLabel, nil, 32)
}
