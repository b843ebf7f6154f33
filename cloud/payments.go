package cloud

import (
	"context"
	"crypto/rand"
	"net/http"
	"path/filepath"
	"strings"

	"portaria/cloud/internal/payment"
	"portaria/cloud/internal/payment/acquirer"
	"portaria/cloud/internal/payment/testpay"
)

// openPayments sets up the payment ways. Only the test acquirer is there yet; without it only free orders are paid.
func (c *Cloud) openPayments(ctx context.Context) (err error) {
	if c.cfg.TestPayments.Listen == "" {
		c.providers, err = payment.NewRegistry()
		return err
	}
	c.log.Warn("TEST PAYMENTS: test_payments is set, so tickets are sold for money that does not exist")
	listener, err := listenOn(ctx, "test_payments.listen", c.cfg.TestPayments.Listen)
	if err != nil {
		return err
	}
	c.payOrigin = strings.TrimRight(c.cfg.TestPayments.URL, "/")
	if c.payOrigin == "" {
		c.payOrigin = "http://" + listener.Addr().String()
	}
	secret, notices := rand.Text(), []byte(rand.Text()) // shared within this process only
	c.acquirer, err = acquirer.New(acquirer.Config{
		Secret: secret, NoticeKey: notices, URL: c.payOrigin, File: filepath.Join(c.cfg.StateDir, acquirerFile), Log: c.log,
	})
	if err != nil {
		_ = listener.Close()
		return err
	}
	c.payPage = server(c.acquirer)
	c.served.Go(func() { c.serveOn(c.payPage, listener) })
	provider, err := testpay.New(testpay.Config{
		URL: "http://" + listener.Addr().String(), Secret: secret, NoticeKey: notices, Merchant: "Portaria",
	})
	if err != nil {
		return err
	}
	c.providers, err = payment.NewRegistry(provider)
	return err
}

var _ http.Handler = (*acquirer.Server)(nil)
