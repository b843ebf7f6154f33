package document_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/document"
)

func BenchmarkDraw(b *testing.B) {
	ten := make([]document.Ticket, 10)
	for i := range ten {
		ten[i] = sample()
	}
	for name, draw := range map[string]func(*bytes.Buffer) error{
		"pdf-1":  func(w *bytes.Buffer) error { return document.PDF(w, made, ten[0]) },
		"pdf-10": func(w *bytes.Buffer) error { return document.PDF(w, made, ten...) },
		"svg":    func(w *bytes.Buffer) error { return document.SVG(w, ten[0]) },
		"png":    func(w *bytes.Buffer) error { return document.PNG(w, ten[0]) },
		"qr":     func(*bytes.Buffer) error { _, err := document.QR(signed); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				require.NoError(b, draw(&bytes.Buffer{}))
			}
		})
	}
}
