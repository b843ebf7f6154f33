package locale_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/locale"
)

func TestThePersonsWishIsHeard(t *testing.T) {
	for _, row := range []struct {
		name   string
		wishes []string
		want   string
	}{
		{"nothing is said", nil, "pt-BR"},
		{"plain English", []string{"en"}, "en"},
		{"a browser from London", []string{"", "en-GB,en;q=0.9,fr;q=0.5"}, "en"},
		{"a browser from Lisbon", []string{"", "", "pt-PT,pt;q=0.9,en;q=0.8"}, "pt-BR"},
		{"the link wins over the browser", []string{"en", "pt-BR"}, "en"},
		{"a language we don't speak, then one we do", []string{"ja", "en"}, "en"},
		{"French, with English behind it", []string{"fr-FR,fr;q=0.9,en;q=0.3"}, "en"},
		{"nonsense", []string{"%%%;;;q=q", "<script>"}, "pt-BR"},
		{"ten kilobytes", []string{strings.Repeat("en,", 4000)}, "pt-BR"},
	} {
		assert.Equal(t, row.want, locale.Match(row.wishes...).Tag(), row.name)
	}
}

func TestMoneyIsWrittenAsPeopleWriteIt(t *testing.T) {
	pt, en := locale.Match("pt-BR"), locale.Match("en")
	for _, row := range []struct {
		l     locale.Locale
		minor int64
		iso   string
		want  string
	}{
		{pt, 12000, "BRL", "R$\u00a0120,00"},
		{pt, 123456789, "BRL", "R$\u00a01.234.567,89"},
		{pt, 5, "BRL", "R$\u00a00,05"},
		{pt, -150, "BRL", "-R$\u00a01,50"},
		{en, 123456, "BRL", "R$1,234.56"},
		{en, 2500, "CHF", "CHF\u00a025.00"},
		{en, 1500, "JPY", "JPY\u00a01,500"},
		{pt, 0, "EUR", "€\u00a00,00"},
	} {
		assert.Equal(t, row.want, row.l.Money(row.minor, row.iso))
	}
}

func TestDatesAreWrittenAsPeopleWriteThem(t *testing.T) {
	at := time.Date(2027, 3, 6, 21, 5, 0, 0, time.UTC)
	pt, en := locale.Match("pt-BR"), locale.Match("en")
	assert.Equal(t, "sábado, 6 de março de 2027", pt.Date(at))
	assert.Equal(t, "Saturday, 6 March 2027", en.Date(at))
	assert.Equal(t, "sáb. 6 mar. 2027", pt.ShortDate(at))
	assert.Equal(t, "Sábado", locale.Sentence("sábado"))
	assert.Equal(t, "Última", locale.Sentence("última"))
	assert.Equal(t, "21:05", en.Clock(at))
}

func TestALanguageThatLacksATextSaysSo(t *testing.T) {
	_, err := locale.Match("en").Find("no.such.text")
	require.ErrorContains(t, err, `text "no.such.text" in en`)
	assert.Equal(t, "no.such.text", locale.Match("en").Text("no.such.text"))
}

// Every text is in every language: a page half in another one helps nobody.
func TestAllLanguagesHaveTheSameTexts(t *testing.T) {
	subjects := map[string]map[string][]string{} // subject -> language -> ids
	for _, file := range locale.Files() {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var texts map[string]any
		meta, err := toml.Decode(string(raw), &texts)
		require.NoError(t, err, file)
		parts := strings.Split(strings.TrimSuffix(file, ".toml"), ".")
		subject, tag := strings.Join(parts[:len(parts)-1], "."), parts[len(parts)-1]
		require.Contains(t, locale.Supported, tag, file)
		if subjects[subject] == nil {
			subjects[subject] = map[string][]string{}
		}
		for _, key := range meta.Keys() {
			subjects[subject][tag] = append(subjects[subject][tag], key.String())
		}
	}
	for subject, tongues := range subjects {
		for _, tag := range locale.Supported {
			assert.ElementsMatch(t, tongues[locale.Supported[0]], tongues[tag], "%s in %s", subject, tag)
		}
	}
	for _, tag := range locale.Supported {
		assert.NotEqual(t, tag, locale.Name(tag))
	}
}
