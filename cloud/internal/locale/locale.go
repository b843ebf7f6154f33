// Package locale speaks the buyer's language: texts with their plural forms, money, dates and times of day.
// It knows the languages that pages and tickets are written in, and nothing about pages or tickets.
package locale

import (
	"embed"
	"fmt"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed *.toml
var files embed.FS

// Supported lists the languages in the order in which a person is offered them; the first one is the default.
var Supported = []string{"pt-BR", "en"}

// names are what each language calls itself.
var names = map[string]string{"pt-BR": "Português", "en": "English"}

var (
	bundle  = load()
	matcher = language.NewMatcher(tags())
)

// Locale is one supported language. The zero value is not usable; Match makes one.
type Locale struct {
	tag   string
	texts *i18n.Localizer
}

func tags() []language.Tag {
	out := make([]language.Tag, len(Supported))
	for i, name := range Supported {
		out[i] = language.MustParse(name)
	}
	return out
}

// load panics on a broken file: the files are part of the program.
func load() *i18n.Bundle {
	b := i18n.NewBundle(language.MustParse(Supported[0]))
	b.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, name := range Files() {
		if _, err := b.LoadMessageFileFS(files, name); err != nil {
			panic(fmt.Sprintf("texts in %s: %v", name, err))
		}
	}
	return b
}

// Files are the files of texts: <language>.toml, and <subject>.<language>.toml.
func Files() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("list the files of texts: %v", err)) // they are embedded
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

// Match gives the best supported language for a list of wishes, strongest first; each is a language tag or a
// whole Accept-Language value. Wishes that can't be read, or are longer than 200 bytes, are passed over.
func Match(wishes ...string) Locale {
	for _, wish := range wishes {
		if l, ok := match(wish); ok {
			return l
		}
	}
	return of(Supported[0])
}

func match(wish string) (Locale, bool) {
	if wish == "" || len(wish) > 200 {
		return Locale{}, false
	}
	want, _, err := language.ParseAcceptLanguage(wish)
	if err != nil || len(want) == 0 {
		return Locale{}, false
	}
	_, i, sure := matcher.Match(want...)
	if sure == language.No {
		return Locale{}, false
	}
	return of(Supported[i]), true
}

func of(tag string) Locale { return Locale{tag: tag, texts: i18n.NewLocalizer(bundle, tag)} }

// Tag is the language's BCP 47 tag, such as "pt-BR".
func (l Locale) Tag() string { return l.tag }

// Name is what the language calls itself.
func Name(tag string) string { return names[tag] }

// Find gives the text of an id, its {{.Name}} places filled from pairs of name and value. An id that this
// language lacks is an error: a page in two languages helps nobody.
func (l Locale) Find(id string, pairs ...any) (string, error) {
	return l.localize(&i18n.LocalizeConfig{MessageID: id}, pairs)
}

// Count is Find in the plural form that n asks for; {{.N}} is n itself.
func (l Locale) Count(id string, n int, pairs ...any) (string, error) {
	return l.localize(&i18n.LocalizeConfig{MessageID: id, PluralCount: n}, append(pairs, "N", l.Number(int64(n))))
}

// Text is Find for ids written in the program, which tests have seen; a missing one gives the id itself.
func (l Locale) Text(id string, pairs ...any) string {
	text, err := l.Find(id, pairs...)
	if err != nil {
		return id
	}
	return text
}

// Plural is Count for ids written in the program, as Text is Find.
func (l Locale) Plural(id string, n int, pairs ...any) string {
	text, err := l.Count(id, n, pairs...)
	if err != nil {
		return id
	}
	return text
}

func (l Locale) localize(c *i18n.LocalizeConfig, pairs []any) (string, error) {
	data := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		data[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	c.TemplateData = data
	text, got, err := l.texts.LocalizeWithTag(c)
	if err == nil && got.String() != l.tag {
		err = fmt.Errorf("only in %s", got)
	}
	if err != nil {
		return "", fmt.Errorf("text %q in %s: %w", c.MessageID, l.tag, err)
	}
	return text, nil
}
