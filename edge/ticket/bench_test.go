package ticket_test

import (
	"crypto/ed25519"
	"testing"

	"portaria/edge/ticket"
)

func BenchmarkParse(b *testing.B) {
	text := mint(b, signer(1), sample).Text()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ticket.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndVerify(b *testing.B) {
	s := signer(1)
	text, pub := mint(b, s, sample).Text(), public(s)
	b.ReportAllocs()
	for b.Loop() {
		code, err := ticket.Parse(text)
		if err != nil || !code.Verify(concert, pub) {
			b.Fatal("not verified")
		}
	}
}

// BenchmarkBareVerify is what ParseAndVerify is measured against.
func BenchmarkBareVerify(b *testing.B) {
	s := signer(1)
	message := make([]byte, 45)
	signature, pub := ed25519.Sign(s.Key, message), public(s)
	for b.Loop() {
		if !ed25519.Verify(pub, message, signature) {
			b.Fatal("not verified")
		}
	}
}

func BenchmarkMint(b *testing.B) {
	s := signer(1)
	for b.Loop() {
		mint(b, s, sample)
	}
}

func BenchmarkParseShort(b *testing.B) {
	text := sample.ID.ShortShown()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ticket.ParseShort(text); err != nil {
			b.Fatal(err)
		}
	}
}
