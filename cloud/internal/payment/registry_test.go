package payment_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/payment"
)

// named is a provider that only has a name.
type named string

func (n named) Name() string { return string(n) }

func (named) Create(context.Context, payment.Charge) (payment.Created, error) {
	return payment.Created{}, nil
}
func (named) Refund(context.Context, payment.Refund) error { return nil }
func (named) Notice(http.Header, []byte) (payment.Notice, error) {
	return payment.Notice{}, nil
}
func (named) Status(context.Context, string) (payment.Notice, error) {
	return payment.Notice{}, nil
}

func TestTheFirstWayIsOfferedWhereNoneIsNamed(t *testing.T) {
	r, err := payment.NewRegistry(named("pix"), named("card"))
	require.NoError(t, err)
	require.Equal(t, []string{"pix", "card"}, r.Names())
	first, ok := r.Provider("")
	require.True(t, ok)
	require.Equal(t, "pix", first.Name())
	_, ok = r.Provider("cash")
	require.False(t, ok)

	none, err := payment.NewRegistry()
	require.NoError(t, err)
	_, ok = none.Provider("")
	require.False(t, ok)
}

func TestANameMustFitAnAddress(t *testing.T) {
	for _, name := range []string{"", "Pix", "a/b", "../x", "pix "} {
		_, err := payment.NewRegistry(named(name))
		require.ErrorContains(t, err, "a name has", "%q", name)
	}
	_, err := payment.NewRegistry(named("pix"), named("pix"))
	require.ErrorContains(t, err, "twice")
}
