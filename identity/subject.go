package identity

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"portaria/edge/ticket"
	"portaria/edge/wire"
)

// Role is what a certificate's holder is.
type Role string

// Roles. Only those of one venue have a venue in their Subject.
const (
	Root     Role = "root"     // signs issuers
	Issuer   Role = "issuer"   // the cloud's: signs hubs, venue CAs and the cloud's listeners
	Cloud    Role = "cloud"    // a listener of the cloud
	Hub      Role = "hub"      // a hub, as the cloud knows it
	VenueCA  Role = "venue-ca" // a hub's: signs what follows
	Door     Role = "door"     // a hub's listeners, as gates know them
	Gate     Role = "gate"     // a gate
	Observer Role = "observer" // reads a venue's messages and sends none
)

// platform stands where others have their venue.
const platform = "platform"

// ErrNotOurs is the reason for refusing a certificate that is none of Portaria's, or not signed by whom it should be.
var ErrNotOurs = errors.New("not a certificate of this platform")

// ErrRoot is ErrNotOurs, of a certificate that may be good but is under a root that is not believed here.
var ErrRoot = fmt.Errorf("%w: it is under a root that is not believed here", ErrNotOurs)

// Subject is who holds a certificate.
type Subject struct {
	Role  Role
	Venue string // UUID text; empty for the platform's own
	Name  string // short name, as wire.CheckName has it
}

// String is the URI that stands in the certificate: portaria://<venue>/gate/<name>.
func (s Subject) String() string {
	scope := s.Venue
	if scope == "" {
		scope = platform
	}
	return "portaria://" + scope + "/" + string(s.Role) + "/" + s.Name
}

func (s Subject) uri() *url.URL {
	scope := s.Venue
	if scope == "" {
		scope = platform
	}
	return &url.URL{Scheme: "portaria", Host: scope, Path: "/" + string(s.Role) + "/" + s.Name}
}

// scoped says which roles belong to a venue.
var scoped = map[Role]bool{
	Root: false, Issuer: false, Cloud: false, Hub: true, VenueCA: true, Door: true, Gate: true, Observer: true,
}

func (s Subject) check() error {
	atVenue, known := scoped[s.Role]
	if !known || atVenue != (s.Venue != "") {
		return fmt.Errorf("%w: %s is nobody", ErrNotOurs, s)
	}
	if err := wire.CheckName(s.Name); err != nil {
		return fmt.Errorf("%w: %w", ErrNotOurs, err)
	}
	if !atVenue {
		return nil
	}
	if id, err := ticket.ParseEventID(s.Venue); err != nil || id.String() != s.Venue {
		return fmt.Errorf("%w: %q is no venue", ErrNotOurs, s.Venue)
	}
	return nil
}

// SubjectOf reads who a certificate is for; it proves nothing (Verify does).
func SubjectOf(cert *x509.Certificate) (Subject, error) {
	if len(cert.URIs) != 1 {
		return Subject{}, fmt.Errorf("%w: it names %d identities, not one", ErrNotOurs, len(cert.URIs))
	}
	text := cert.URIs[0].String()
	rest, ours := strings.CutPrefix(text, "portaria://")
	parts := strings.Split(rest, "/")
	if !ours || len(text) > 200 || len(parts) != 3 {
		return Subject{}, fmt.Errorf("%w: it names no identity of ours", ErrNotOurs)
	}
	s := Subject{Role: Role(parts[1]), Venue: parts[0], Name: parts[2]}
	if s.Venue == platform {
		s.Venue = ""
	}
	return s, s.check()
}
