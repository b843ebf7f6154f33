package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/identity"
)

const (
	venue     = "01932f00-0000-7000-8000-0000000000a1"
	elsewhere = "01932f00-0000-7000-8000-0000000000a2"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// house is a platform with one venue.
type house struct {
	root, issuer, venue *identity.CA
}

func newHouse(t *testing.T) house {
	t.Helper()
	root, err := identity.NewRoot("root-1", now)
	require.NoError(t, err)
	issuer, err := root.NewSub(identity.Subject{Role: identity.Issuer, Name: "cloud"}, now)
	require.NoError(t, err)
	ca, err := issuer.NewSub(identity.Subject{Role: identity.VenueCA, Venue: venue, Name: "hub-1"}, now)
	require.NoError(t, err)
	return house{root, issuer, ca}
}

func (h house) roots() []*x509.Certificate { return h.root.Chain }

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := identity.NewKey()
	require.NoError(t, err)
	return k
}

func gate(name string) identity.Subject {
	return identity.Subject{Role: identity.Gate, Venue: venue, Name: name}
}

func TestEachRoleIsSignedByWhomItShouldBe(t *testing.T) {
	h := newHouse(t)
	for _, row := range []struct {
		who identity.Subject
		ca  *identity.CA
	}{
		{gate("gate-1"), h.venue},
		{identity.Subject{Role: identity.Observer, Venue: venue, Name: "watch"}, h.venue},
		{identity.Subject{Role: identity.Door, Venue: venue, Name: "hub-1"}, h.venue},
		{identity.Subject{Role: identity.Hub, Venue: venue, Name: "hub-1"}, h.issuer},
		{identity.Subject{Role: identity.Cloud, Name: "cloud"}, h.issuer},
	} {
		chain, err := row.ca.Issue(row.who, key(t).Public(), now)
		require.NoError(t, err, row.who)
		who, err := identity.Verify(chain, h.roots(), now)
		require.NoError(t, err, row.who)
		assert.Equal(t, row.who, who)
		for _, other := range []*identity.CA{h.root, h.issuer, h.venue} {
			if other != row.ca {
				_, err := other.Issue(row.who, key(t).Public(), now)
				assert.ErrorIs(t, err, identity.ErrNotOurs, row.who)
			}
		}
	}
}

// signed makes any certificate at all, as somebody would who has stolen a CA's key.
func signed(t *testing.T, by *identity.CA, uri string, change func(*x509.Certificate)) identity.Chain {
	t.Helper()
	where, err := url.Parse(uri)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "x"}, URIs: []*url.URL{where},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if change != nil {
		change(template)
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, by.Chain.Leaf(), key(t).Public(), by.Key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return append(identity.Chain{cert}, by.Chain...)
}

func TestAStolenVenueCACannotSpeakForOthers(t *testing.T) {
	h := newHouse(t)
	good := signed(t, h.venue, gate("gate-1").String(), nil)
	_, err := identity.Verify(good, h.roots(), now)
	require.NoError(t, err, "the forgery below differs in one thing each")
	own := key(t)
	asCA, err := h.venue.Issue(gate("gate-1"), own.Public(), now)
	require.NoError(t, err)
	for what, chain := range map[string]identity.Chain{
		"a gate of another venue":        signed(t, h.venue, "portaria://"+elsewhere+"/gate/gate-1", nil),
		"a hub":                          signed(t, h.venue, "portaria://"+venue+"/hub/hub-2", nil),
		"the cloud":                      signed(t, h.venue, "portaria://platform/cloud/cloud", nil),
		"a role that is none":            signed(t, h.venue, "portaria://"+venue+"/admin/gate-1", nil),
		"a name that is none":            signed(t, h.venue, "portaria://"+venue+"/gate/Gate_1", nil),
		"a venue in another spelling":    signed(t, h.venue, "portaria://"+strings.ToUpper(venue)+"/gate/gate-1", nil),
		"another scheme":                 signed(t, h.venue, "https://"+venue+"/gate/gate-1", nil),
		"a gate that may serve":          signed(t, h.venue, gate("g").String(), func(c *x509.Certificate) { c.ExtKeyUsage = nil }),
		"two identities in one":          signed(t, h.venue, gate("g").String(), func(c *x509.Certificate) { c.URIs = append(c.URIs, c.URIs[0]) }),
		"nobody":                         signed(t, h.venue, gate("g").String(), func(c *x509.Certificate) { c.URIs = nil }),
		"a gate signed by the issuer":    signed(t, h.issuer, gate("gate-1").String(), nil),
		"a gate signed by the root":      signed(t, h.root, gate("gate-1").String(), nil),
		"a gate signed by a gate":        signed(t, &identity.CA{Chain: asCA, Key: own}, gate("gate-2").String(), nil),
		"a gate of a root of their own":  signed(t, newHouse(t).venue, gate("gate-1").String(), nil),
		"no certificate":                 nil,
		"more certificates than we have": append(append(identity.Chain{}, good...), append(good, good...)...),
	} {
		_, err := identity.Verify(chain, h.roots(), now)
		assert.ErrorIs(t, err, identity.ErrNotOurs, what)
	}
}

func TestTime(t *testing.T) {
	h := newHouse(t)
	chain, err := h.venue.Issue(gate("gate-1"), key(t).Public(), now)
	require.NoError(t, err)
	end := chain.Leaf().NotAfter
	assert.Equal(t, now.AddDate(0, 0, 30), end)
	for _, row := range []struct {
		why  string
		at   time.Time
		want error
	}{
		{"at once", now, nil},
		{"on a machine whose clock has stopped in 1970", time.Unix(0, 0), nil},
		{"in its last second", end, nil},
		{"a second later", end.Add(time.Second), identity.ErrExpired},
		{"years later, its issuers gone too", end.AddDate(30, 0, 0), identity.ErrExpired},
	} {
		who, err := identity.Verify(chain, h.roots(), row.at)
		require.ErrorIs(t, err, row.want, row.why)
		assert.Equal(t, gate("gate-1"), who, "%s: who it was is known", row.why)
	}
	_, err = identity.Verify(signed(t, newHouse(t).venue, gate("gate-1").String(), nil), h.roots(), end)
	assert.NotErrorIs(t, err, identity.ErrExpired, "somebody else's is not told as expired")
	_, err = h.venue.Issue(gate("gate-1"), key(t).Public(), time.Unix(0, 0))
	assert.ErrorContains(t, err, "clock")
}

func TestTwoRootsOverlap(t *testing.T) {
	before, after := newHouse(t), newHouse(t)
	both := append(before.roots(), after.roots()...)
	for _, h := range []house{before, after} {
		chain, err := h.venue.Issue(gate("gate-1"), key(t).Public(), now)
		require.NoError(t, err)
		_, err = identity.Verify(chain, both, now)
		assert.NoError(t, err)
	}
	chain, err := before.venue.Issue(gate("gate-1"), key(t).Public(), now)
	require.NoError(t, err)
	_, err = identity.Verify(chain, after.roots(), now)
	assert.ErrorIs(t, err, identity.ErrNotOurs, "once the old root is dropped")
}

func TestAPinTrustsOneCAOnly(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	door := identity.Subject{Role: identity.Door, Venue: venue, Name: "hub-1"}
	chain, err := h.venue.Issue(door, key(t).Public(), now, "hub-1.local", "192.0.2.7")
	require.NoError(t, err)
	assert.Equal(t, []string{"hub-1.local"}, chain.Leaf().DNSNames)
	pin := identity.PrintOf(h.venue.Chain.Leaf())
	who, err := identity.VerifyPinned(chain, pin, now)
	require.NoError(t, err)
	assert.Equal(t, door, who)
	theirs, err := other.venue.Issue(door, key(t).Public(), now)
	require.NoError(t, err)
	for what, chain := range map[string]identity.Chain{
		"another hub":                        theirs,
		"another hub that brings our CA too": append(append(identity.Chain{}, theirs...), h.venue.Chain.Leaf()),
		"a certificate that is its own CA":   {chain.Leaf()},
		"nothing":                            nil,
	} {
		_, err := identity.VerifyPinned(chain, pin, now)
		assert.ErrorIs(t, err, identity.ErrNotOurs, what)
	}
}

func TestARequestIsForAKeyOnP256AndNothingElse(t *testing.T) {
	own := key(t)
	raw, err := identity.Request(own)
	require.NoError(t, err)
	got, err := identity.CheckRequest(raw)
	require.NoError(t, err)
	assert.True(t, own.PublicKey.Equal(got))

	request := func(template x509.CertificateRequest, key crypto.Signer) []byte {
		raw, err := x509.CreateCertificateRequest(rand.Reader, &template, key)
		require.NoError(t, err)
		return raw
	}
	greedy := request(x509.CertificateRequest{Subject: pkix.Name{CommonName: "hub-1"}, DNSNames: []string{"bank.example"}}, own)
	got, err = identity.CheckRequest(greedy)
	require.NoError(t, err)
	h := newHouse(t)
	chain, err := h.venue.Issue(gate("gate-7"), got, now, "bank.example")
	require.NoError(t, err)
	assert.Empty(t, chain.Leaf().DNSNames, "names are set by who signs")
	assert.Equal(t, "gate-7", chain.Leaf().Subject.CommonName)

	weak, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	broken := append([]byte{}, raw...)
	broken[len(broken)-1] ^= 1
	for what, raw := range map[string][]byte{
		"RSA": request(x509.CertificateRequest{}, weak), "P-384": request(x509.CertificateRequest{}, other),
		"a signature that is none": broken, "nothing": nil, "half": raw[:len(raw)/2], "a flood": make([]byte, 1<<20),
	} {
		_, err := identity.CheckRequest(raw)
		assert.Error(t, err, what)
	}
}

func TestWordsAreTheSameOnBothSidesAndForNobodyElse(t *testing.T) {
	first := identity.Words([]byte("exporter"), []byte("request"))
	assert.Equal(t, first, identity.Words([]byte("exporter"), []byte("request")))
	assert.Equal(t, [4]string{"october", "feed", "cloud", "film"}, first, "programs of two versions must show the same")
	assert.NotEqual(t, first, identity.Words([]byte("exporterr"), []byte("equest")))
	for _, w := range first {
		assert.NotEmpty(t, w)
	}
}

func TestKeysAreTheirOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca", "venue")
	h := newHouse(t)
	require.NoError(t, identity.SaveCA(path, h.venue))
	info, err := os.Stat(path + ".key")
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	back, err := identity.LoadCA(path)
	require.NoError(t, err)
	assert.Equal(t, h.venue.Chain.DER(), back.Chain.DER())
	_, err = back.Issue(gate("gate-1"), key(t).Public(), now)
	require.NoError(t, err)

	require.NoError(t, os.Chmod(path+".key", 0o644))
	_, err = identity.LoadCA(path)
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, identity.SaveCA(path, &identity.CA{Chain: h.venue.Chain, Key: key(t)}))
	_, err = identity.LoadCA(path)
	assert.ErrorContains(t, err, "not the key")
	_, err = identity.LoadCA(path + "x")
	assert.ErrorIs(t, err, os.ErrNotExist)
}
