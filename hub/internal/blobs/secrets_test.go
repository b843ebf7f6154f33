package blobs_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

var gala = ticket.EventID{7}

func TestSecretsAreAskedForAgainWhenTheListIsNewerThanWhatWasSaid(t *testing.T) {
	var newest atomic.Uint64
	var away atomic.Bool
	newest.Store(100)
	s, _, asked := shelf(t, func(w http.ResponseWriter, _ *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(whitelist.Secrets{List: [32]byte{1}, Ref: [32]byte{2}, Newest: newest.Load()})
	})
	said := func(epoch uint64) (uint64, error) {
		raw, err := s.Secrets(t.Context(), gala, epoch)
		var got whitelist.Secrets
		if err == nil {
			require.NoError(t, json.Unmarshal(raw, &got))
		}
		return got.Newest, err
	}
	for range 3 {
		got, err := said(100)
		require.NoError(t, err)
		assert.EqualValues(t, 100, got)
	}
	assert.EqualValues(t, 1, asked.Load(), "what is good enough is not asked for again")

	newest.Store(200)
	got, err := said(150)
	require.NoError(t, err)
	assert.EqualValues(t, 200, got)
	_, err = said(201)
	assert.ErrorContains(t, err, "as of epoch 200", "the cloud itself is behind")

	away.Store(true)
	got, err = said(0)
	require.NoError(t, err, "with no internet, what there is")
	assert.EqualValues(t, 200, got)
	_, err = said(300)
	assert.Error(t, err, "but never older secrets than a list needs")
}

func TestAGateAsksForSecretsOfAnEpoch(t *testing.T) {
	s, _, _ := shelf(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(whitelist.Secrets{List: [32]byte{1}, Ref: [32]byte{2}, Newest: 100})
	})
	mux := http.NewServeMux()
	s.Register(mux)
	for query, want := range map[string]int{"": 200, "?epoch=100": 200, "?epoch=101": 503, "?epoch=x": 400, "?epoch=-1": 400} {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/secrets/"+gala.String()+query, nil))
		assert.Equal(t, want, answer.Code, query)
	}
}
