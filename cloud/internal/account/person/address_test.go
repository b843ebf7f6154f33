package person_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/account/person"
)

func TestAMailAddressIsPlainAndKeptInOneSpelling(t *testing.T) {
	got, err := person.Address("  Ana.Souza@Example.COM ")
	require.NoError(t, err)
	assert.Equal(t, "ana.souza@example.com", got)
	for _, bad := range []string{"", "ana", "ana@", "@example.com", "ana@localhost", "Ana <ana@example.com>", "a@b.example, c@d.example",
		"ana@example.com\r\nBcc: all@example.com", `"a b"@example.com`, strings.Repeat("a", 250) + "@example.com"} {
		_, err := person.Address(bad)
		assert.Error(t, err, "%q", bad)
	}
}

func FuzzAMailAddress(f *testing.F) {
	for _, seed := range []string{"a@b.c", "Ana <a@b.c>", "a@[127.0.0.1]", "é@ü.com", "a@b.c\n", "İ@b.c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got, err := person.Address(typed)
		if err != nil {
			return
		}
		again, err := person.Address(got)
		require.NoError(t, err)
		assert.Equal(t, got, again, "one spelling")
		assert.NotContains(t, got, "\n")
		assert.LessOrEqual(t, len(got), 254)
	})
}

func TestDelaysGrowToAQuarterOfAnHour(t *testing.T) {
	k := person.Key{Free: 5}
	for n, want := range map[int]time.Duration{1: 0, 5: 0, 6: time.Second, 7: 2 * time.Second, 10: 16 * time.Second, 15: 512 * time.Second, 16: 15 * time.Minute, 1 << 30: 15 * time.Minute} {
		assert.Equal(t, want, k.Delay(n), "%d attempts", n)
	}
}
