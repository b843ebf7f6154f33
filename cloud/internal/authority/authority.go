// Package authority is the platform's certificate authority: it signs hubs, their venue CAs and the cloud's own listeners
// for hubs.
//
// The root key signs nothing but issuers, and lies in a folder of its own, to be taken away and kept where no program
// runs; an issuer is what works every day. Two roots may stand side by side while one replaces the other: members are
// told of both. Files are read again when they change, so commands work while the cloud runs.
package authority

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"portaria/identity"
)

// Authority is open for the life of the cloud. Its methods may be called from several goroutines.
type Authority struct {
	dir   string
	hosts []string // of the cloud's listeners, for standard clients; hubs look at the identity

	mu     sync.Mutex
	issuer *identity.CA
	roots  identity.Chain
	read   time.Time // when the files were
	cert   *tls.Certificate
}

// Folders and files below the authority's folder.
const (
	rootDir    = "root" // <name>.crt, <name>.key: take it away
	issuerName = "issuer"
	rootsFile  = "roots.crt" // whom members believe
)

const (
	firstRoot = "root-1"
	day       = 24 * time.Hour
	warnAhead = 180 * day // of an issuer's end
	certKeep  = 30 * day  // before its end a listener's certificate is made anew
)

// Open reads the authority, and makes it at the first start.
func Open(dir string, hosts []string, log *slog.Logger) (*Authority, error) {
	a := &Authority{dir: dir, hosts: hosts}
	if _, err := os.Stat(filepath.Join(dir, rootsFile)); errors.Is(err, fs.ErrNotExist) {
		if err := Begin(dir, time.Now()); err != nil {
			return nil, err
		}
		log.Warn("a new certificate authority was made for hubs and gates")
	}
	if err := a.load(); err != nil {
		return nil, err
	}
	if keys, _ := filepath.Glob(filepath.Join(dir, rootDir, "*.key")); len(keys) > 0 {
		log.Warn("the key of the root lies beside what it protects: move this folder to where no program runs, and keep it",
			"folder", filepath.Join(dir, rootDir))
	}
	if left := time.Until(a.issuer.Chain.Leaf().NotAfter); left < warnAhead {
		log.Error("the issuer of hubs' certificates ends soon: bring the root key, and run cloud ca issuer", "left", left.Round(time.Hour))
	}
	return a, nil
}

// Begin makes a root and an issuer.
func Begin(dir string, at time.Time) error {
	if err := AddRoot(dir, firstRoot, at); err != nil {
		return err
	}
	return NewIssuer(dir, filepath.Join(dir, rootDir, firstRoot), at)
}

// AddRoot makes a root and has members believe it too. It signs nothing before NewIssuer uses it: by then every hub and
// gate should have heard of it, which takes a third of a certificate's life at most.
func AddRoot(dir, name string, at time.Time) error {
	root, err := identity.NewRoot(name, at)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, rootDir, name)
	if _, err := os.Stat(path + ".crt"); err == nil {
		return fmt.Errorf("there is a root of this name: %s", path)
	}
	if err := identity.SaveCA(path, root); err != nil {
		return err
	}
	roots, err := readRoots(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return identity.Write(filepath.Join(dir, rootsFile), identity.EncodeCerts(append(roots, root.Chain...)))
}

// NewIssuer makes an issuer under the root whose files are <path>.crt and <path>.key. What older issuers have signed stays
// good until it ends, while members believe their root.
func NewIssuer(dir, path string, at time.Time) error {
	root, err := identity.LoadCA(path)
	if err != nil {
		return fmt.Errorf("read the root: %w", err)
	}
	roots, err := readRoots(dir)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(roots, root.Chain.Root().Equal) {
		return fmt.Errorf("%s is no root that members believe: add it first", path)
	}
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: "cloud"}, at)
	if err != nil {
		return err
	}
	return identity.SaveCA(filepath.Join(dir, issuerName), issuer)
}

// DropRoot has members believe a root no longer. It refuses the one that the issuer is under.
func DropRoot(dir, name string) error {
	roots, err := readRoots(dir)
	if err != nil {
		return err
	}
	issuer, err := identity.LoadCA(filepath.Join(dir, issuerName))
	if err != nil {
		return err
	}
	if issuer.Chain.Root().Subject.CommonName == name {
		return fmt.Errorf("the issuer is under %s: make one under another root first", name)
	}
	kept := slices.DeleteFunc(slices.Clone(roots), func(c *x509.Certificate) bool { return c.Subject.CommonName == name })
	if len(kept) == len(roots) {
		return fmt.Errorf("there is no root %s", name)
	}
	return identity.Write(filepath.Join(dir, rootsFile), identity.EncodeCerts(kept))
}

func readRoots(dir string) (identity.Chain, error) {
	raw, err := identity.Read(filepath.Join(dir, rootsFile), false)
	if err != nil {
		return nil, err
	}
	return identity.DecodeCerts(raw)
}

// load reads the files. The caller holds mu, or nobody else knows the authority yet.
func (a *Authority) load() error {
	issuer, err := identity.LoadCA(filepath.Join(a.dir, issuerName))
	if err != nil {
		return fmt.Errorf("read the issuer of hubs' certificates: %w", err)
	}
	roots, err := readRoots(a.dir)
	if err != nil {
		return fmt.Errorf("read the roots: %w", err)
	}
	if a.issuer == nil || !a.issuer.Chain.Leaf().Equal(issuer.Chain.Leaf()) {
		a.cert = nil
	}
	a.issuer, a.roots, a.read = issuer, ownFirst(roots, issuer), time.Now()
	return nil
}

// ownFirst puts the issuer's root before the others: members that see another one there renew, and are under it soon.
func ownFirst(roots identity.Chain, issuer *identity.CA) (out identity.Chain) {
	own := issuer.Chain.Root()
	out = append(out, own)
	return append(out, slices.DeleteFunc(slices.Clone(roots), own.Equal)...)
}

const lookEvery = 10 * time.Second // at the files

// now reads the files again if that was not done lately. What can't be read stays as it was.
func (a *Authority) now() {
	if time.Since(a.read) > lookEvery {
		if err := a.load(); err != nil {
			a.read = time.Now()
		}
	}
}

// Roots are whom hubs and gates believe.
func (a *Authority) Roots() []*x509.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now()
	return a.roots
}

// Certificate is what the cloud's listeners show to hubs.
func (a *Authority) Certificate() (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now()
	if a.cert != nil && time.Until(a.cert.Leaf.NotAfter) > certKeep {
		return a.cert, nil
	}
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	chain, err := a.issuer.Issue(identity.Subject{Role: identity.Cloud, Name: "cloud"}, key.Public(), time.Now(), a.hosts...)
	if err != nil {
		return nil, err
	}
	a.cert = identity.Certificate(chain, key)
	return a.cert, nil
}

// signer is the issuer of this moment.
func (a *Authority) signer() *identity.CA {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now()
	return a.issuer
}
