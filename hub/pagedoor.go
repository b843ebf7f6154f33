package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// openPage serves the venue's page over TLS to the browsers of the venue. Its certificate is the operator's, or else this
// hub's own, which browsers don't know until the venue's root was installed on them.
func (h *Hub) openPage(ctx context.Context) error {
	if h.cfg.PageListen == "" {
		return nil
	}
	certificate, err := h.pageCertificate()
	if err != nil {
		return err
	}
	pages, err := h.pages()
	if err != nil {
		return err
	}
	socket, err := listen(ctx, "page_listen", h.cfg.PageListen)
	if err != nil {
		return err
	}
	h.pageAt = socket.Addr()
	h.page = h.server(pages)
	h.serve(h.page, tls.NewListener(socket, &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: certificate, NextProtos: []string{"http/1.1"}}))
	h.log.Info("the venue's page", "at", "https://"+h.pageAt.String()+"/")
	return nil
}

func (h *Hub) pageCertificate() (func(*tls.ClientHelloInfo) (*tls.Certificate, error), error) {
	if h.cfg.PageCertFile == "" {
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return h.self.Door() }, nil
	}
	load := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { // anew each time: it may have been renewed
		pair, err := tls.LoadX509KeyPair(h.cfg.PageCertFile, h.cfg.PageKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the page's certificate: %w", err)
		}
		return &pair, nil
	}
	_, err := load(nil)
	return load, err
}

// PageAddr is where browsers find the venue's page; nil when it is served at this machine only.
func (h *Hub) PageAddr() net.Addr { return h.pageAt }

// validatePage checks where the page is served.
func (c *Config) validatePage() error {
	switch {
	case c.PageListen == "" && c.PageCertFile+c.PageKeyFile != "":
		return errors.New("page_cert_file: there is no page_listen to use it at")
	case c.PageListen == "":
		return nil
	case c.Insecure && c.PageCertFile == "":
		return errors.New("page_listen: with insecure = true this hub has no certificate; set page_cert_file and page_key_file, or use the page at http_listen")
	case (c.PageCertFile == "") != (c.PageKeyFile == ""):
		return errors.New("page_cert_file, page_key_file: set both, or none")
	}
	return c.listens("page_listen", c.PageListen, false)
}
