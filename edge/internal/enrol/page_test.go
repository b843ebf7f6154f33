package enrol_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/enrol"
	"portaria/edge/internal/tongue"
	"portaria/identity"
)

func fresh(t *testing.T) (*enrol.Gate, http.Handler) {
	t.Helper()
	g := enrol.New(enrol.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Pause: 10 * time.Millisecond,
		Find: func(context.Context) []string { return nil }})
	return g, g.Handler()
}

func look(h http.Handler, address, accepts string) string {
	request := httptest.NewRequest(http.MethodGet, address, nil)
	request.Header.Set("Accept-Language", accepts)
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, request)
	return answer.Body.String()
}

func TestAFreshGateSpeaksTheReadersLanguage(t *testing.T) {
	_, page := fresh(t)
	for _, tag := range tongue.Tags {
		text := look(page, "/?lang="+tag, "")
		assert.Contains(t, text, `<html lang="`+tag+`">`)
		assert.Contains(t, text, tongue.Of(tag).Joining["new"].Word)
		assert.Contains(t, text, `hreflang="`+tag+`" aria-current`, "the language is marked")
	}
	assert.Contains(t, look(page, "/", "de-AT,de;q=0.9,en;q=0.5"), tongue.Of("de").Joining["new"].Word)
	assert.Contains(t, look(page, "/", "tlh"), tongue.Of("pt-BR").Joining["new"].Word, "what nobody here speaks")
	assert.Contains(t, look(page, "/lane/1", "uk"), tongue.Of("uk").Joining["new"].Word)
}

func TestWhatGoesWrongWithACodeIsSaidInThatLanguageToo(t *testing.T) {
	g, page := fresh(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _, _ = g.Run(ctx) }()
	require.NoError(t, g.Offer(identity.NewToken().String()))
	require.Eventually(t, func() bool {
		return strings.Contains(look(page, "/", "fr"), tongue.Of("fr").Joining["silent"].Word)
	}, 10*time.Second, 10*time.Millisecond)
	assert.Contains(t, look(page, "/", "fr"), tongue.Of("fr").Joining["searching"].Word)
	assert.Contains(t, look(page, "/status", ""), `"error":"Check the network cable`)
	stop()
	<-done
}
