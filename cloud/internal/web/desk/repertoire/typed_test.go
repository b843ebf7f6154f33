package repertoire_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk/repertoire"
)

func TestPricesAreReadAsPeopleWriteThem(t *testing.T) {
	for _, row := range []struct {
		text, iso string
		want      int64
		ok        bool
	}{
		{"120", "BRL", 12000, true}, {"120,00", "BRL", 12000, true}, {"R$ 1.200,50", "BRL", 120050, true}, {"1,200.5", "USD", 120050, true},
		{"1.200", "BRL", 120000, true}, {"0", "BRL", 0, true}, {"12.5", "BRL", 1250, true}, {"1500", "JPY", 1500, true}, {"1,500", "JPY", 1500, true},
		{"", "BRL", 0, false}, {"abc", "BRL", 0, false}, {"-5", "BRL", 0, false}, {"1.2.3", "BRL", 0, false}, {"1e3", "BRL", 0, false},
		{"99999999999999999999", "BRL", 0, false}, {".", "BRL", 0, false}, {",50", "BRL", 0, false},
	} {
		got, ok := repertoire.ReadAmount(row.text, row.iso)
		assert.Equal(t, row.ok, ok, row.text)
		if ok {
			assert.Equal(t, row.want, got, row.text)
		}
	}
}

func TestAPriceThatIsShownIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, 100_000_000).Draw(t, "minor")
		iso := rapid.SampledFrom([]string{"BRL", "JPY", "KWD", "CHF"}).Draw(t, "currency")
		l := locale.Match(rapid.SampledFrom([]string{"en", "pt-BR"}).Draw(t, "language"))
		back, ok := repertoire.ReadAmount(repertoire.Amount(l, minor, iso), iso)
		require.True(t, ok)
		require.Equal(t, minor, back)
	})
}

func TestATimeIsTypedInTheVenuesZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Zurich")
	require.NoError(t, err)
	at, fate, ok := repertoire.ReadLocal("2027-03-28T20:00", zone)
	require.True(t, ok)
	require.Equal(t, dates.Once, fate)
	require.Equal(t, "2027-03-28T20:00", repertoire.Local(&at, zone))
	_, fate, ok = repertoire.ReadLocal("2027-03-28T02:30", zone)
	require.True(t, ok)
	require.Equal(t, dates.Never, fate)
	for _, bad := range []string{"", "2027-02-30T20:00", "2027-03-28", "20:00", "2027-03-28T20:00,21:00"} {
		_, _, ok := repertoire.ReadLocal(bad, zone)
		require.False(t, ok, bad)
	}
	require.Empty(t, repertoire.Local(nil, zone))
}
