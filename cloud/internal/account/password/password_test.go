package password_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/password"
)

func TestAPasswordIsKnownAgainAndNotKept(t *testing.T) {
	h := password.NewHasher(2, 10)
	kept, err := h.Hash(t.Context(), "três pratos de trigo")
	require.NoError(t, err)
	assert.NotContains(t, kept, "trigo")
	for _, row := range []struct {
		typed, kept string
		want        bool
	}{
		{"três pratos de trigo", kept, true},
		{"tres pratos de trigo", kept, false},
		{"", kept, false},
		{"três pratos de trigo", "", false},
		{strings.Repeat("x", 1<<20), kept, false},
	} {
		same, err := h.Same(t.Context(), row.typed, row.kept)
		require.NoError(t, err)
		assert.Equal(t, row.want, same, row.typed)
	}
	again, err := h.Hash(t.Context(), "três pratos de trigo")
	require.NoError(t, err)
	assert.NotEqual(t, kept, again, "each has its own salt")
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	for _, weak := range []string{"", "short", "aaaaaaaaaaaa", "1234567890", "12345678901234", "password123", "Senha2026!!",
		"abcabcabcabc", "portaria2026", "flamengo1981", strings.Repeat("a b", 1000)} {
		assert.ErrorIs(t, password.Check(weak), password.ErrWeak, weak)
	}
	for _, good := range []string{"três pratos de trigo", "x7!kPq02Lm", "correct horse battery", "пароль для входу"} {
		assert.NoError(t, password.Check(good), good)
	}
}

// A flood of log-ins may use two processors' worth of hashing and a line of four; the rest is told to come again.
func TestAFloodIsRefusedRatherThanServedSlowly(t *testing.T) {
	h := password.NewHasher(2, 4)
	kept, err := h.Hash(t.Context(), "três pratos de trigo")
	require.NoError(t, err)
	var all sync.WaitGroup
	outcomes := make([]error, 40)
	for i := range outcomes {
		all.Go(func() { _, outcomes[i] = h.Same(context.Background(), "guess", kept) })
	}
	all.Wait()
	busy := 0
	for _, err := range outcomes {
		if err != nil {
			require.ErrorIs(t, err, password.ErrBusy)
			busy++
		}
	}
	assert.Positive(t, busy)
	assert.Less(t, busy, 40)
	same, err := h.Same(t.Context(), "três pratos de trigo", kept)
	require.NoError(t, err)
	assert.True(t, same, "and when it is over all is as before")
}

func TestADamagedRowIsAnError(t *testing.T) {
	h := password.NewHasher(1, 1)
	for _, damaged := range []string{"x", "$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=1,t=0,p=0$$"} {
		_, err := h.Same(t.Context(), "x", damaged)
		assert.Error(t, err, damaged)
	}
}

func FuzzAKeptHashThatIsDamaged(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	h := password.NewHasher(1, 1)
	f.Fuzz(func(t *testing.T, kept string) {
		if strings.Contains(kept, "m=") && len(kept) > 80 {
			return // sane hashes only cost time
		}
		same, _ := h.Same(t.Context(), "guess", kept)
		assert.False(t, same)
	})
}
