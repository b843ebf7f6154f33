package testpay_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/payment/testpay"
)

// FuzzNotice: a header that the acquirer did not make is forged; a body under a true signature is read or refused.
func FuzzNotice(f *testing.F) {
	p, err := testpay.New(testpay.Config{URL: "http://127.0.0.1", Secret: secret, NoticeKey: key, Merchant: "M"})
	require.NoError(f, err)
	f.Add("t=1,v1=00", `{"charge":"c","reference":"0192f0c4-5e1a-7b3c-8d2e-4f60718293a4","state":"paid","amount":1,"currency":"BRL"}`)
	f.Add("t=,v1=", "")
	f.Add("t=9223372036854775808,v1=,v1=", "[1")
	f.Fuzz(func(t *testing.T, signature, body string) {
		_, err := p.Notice(http.Header{acquirer.SignatureHeader: {signature}}, []byte(body))
		require.ErrorIs(t, err, payment.ErrForged)
		true1 := acquirer.Sign(key, []byte(body), time.Now())
		n, err := p.Notice(http.Header{acquirer.SignatureHeader: {true1}}, []byte(body))
		if err == nil {
			require.Contains(t, []payment.Outcome{payment.Pending, payment.Paid, payment.Declined, payment.Expired}, n.Outcome)
		}
	})
}
