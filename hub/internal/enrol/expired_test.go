package enrol_test

import (
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/identity"
	"portaria/identity/join"
)

// expire signs the same certificate again, as if it had been given 31 days ago.
func expire(t *testing.T, h *house, chain identity.Chain, m *join.Member) identity.Chain {
	t.Helper()
	ca := h.self.Member().CA
	template := *chain.Leaf()
	template.NotBefore, template.NotAfter = time.Now().AddDate(0, 0, -31), time.Now().AddDate(0, 0, -1)
	raw, err := x509.CreateCertificate(rand.Reader, &template, ca.Chain.Leaf(), m.Key.Public(), ca.Key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return append(identity.Chain{leaf}, ca.Chain...)
}
