package tongue_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/internal/tongue"
)

// Reasons is every reason there is.
var reasons = []admit.Reason{admit.OK, admit.OKOffline, admit.OKOverride, admit.Unknown, admit.Ambiguous, admit.BadSignature,
	admit.WrongEvent, admit.WrongDay, admit.TooEarly, admit.TooLate, admit.WrongZone, admit.WrongKind, admit.AlreadyUsed,
	admit.AlreadyInside, admit.NotInside, admit.PendingElsewhere, admit.Replaced, admit.Revoked, admit.Blocked,
	admit.CheckpointClosed, admit.OutsideHours, admit.NoController, admit.ZoneFull, admit.GroupFull, admit.ListExpired,
	admit.ClockUnknown, admit.ArbiterRequired, admit.OtherGate, admit.Debounced, admit.Unreadable}

func TestEveryReasonHasAWordAndASentenceInEveryLanguage(t *testing.T) {
	for _, tag := range tongue.Tags {
		w := tongue.Of(tag)
		assert.Equal(t, tag, w.Tag)
		assert.Len(t, w.Reasons, len(reasons), tag)
		for _, r := range reasons {
			said := w.Reasons[r]
			assert.NotEmpty(t, said.Word, "%s in %s", r, tag)
			assert.LessOrEqual(t, len([]rune(said.Word)), 20, "%s in %s is read from four metres", r, tag)
			if r != admit.OK && r != admit.OKOffline {
				assert.True(t, strings.HasSuffix(said.Why, "."), "%s in %s is a sentence", r, tag)
			}
		}
	}
}

// TestEveryLanguageSaysTheSame: same keys everywhere, nothing empty that another says, and the same gaps to fill.
func TestEveryLanguageSaysTheSame(t *testing.T) {
	like := tongue.Of(tongue.Tags[0])
	for _, tag := range tongue.Tags[1:] {
		w := tongue.Of(tag)
		for _, part := range [][2]map[string]tongue.Phrase{{like.Look, w.Look}, {like.Screens, w.Screens}, {like.Notices, w.Notices}, {like.Joining, w.Joining}, {plain(like.Reasons), plain(w.Reasons)}} {
			assert.Len(t, part[1], len(part[0]), tag)
			for key, phrase := range part[0] {
				same(t, tag+": "+key, phrase.Word, part[1][key].Word)
				same(t, tag+": "+key, phrase.Why, part[1][key].Why)
			}
		}
		assert.Len(t, w.Page, len(like.Page), tag)
		for key, text := range like.Page {
			same(t, tag+": "+key, text, w.Page[key])
		}
		a, b := reflect.ValueOf(like.Text), reflect.ValueOf(w.Text)
		for i := range a.NumField() {
			same(t, tag+": "+a.Type().Field(i).Name, a.Field(i).String(), b.Field(i).String())
		}
	}
}

func plain(of map[admit.Reason]tongue.Phrase) map[string]tongue.Phrase {
	out := map[string]tongue.Phrase{}
	for r, p := range of {
		out[string(r)] = p
	}
	return out
}

func same(t *testing.T, what, like, text string) {
	t.Helper()
	assert.Equal(t, like == "", text == "", what)
	assert.Equal(t, gaps(like), gaps(text), what)
}

// gaps are the verbs of a text, in their order.
func gaps(text string) (verbs []string) {
	for i, c := range text {
		if c == '%' {
			verbs = append(verbs, text[i:i+2])
		}
	}
	return verbs
}

func TestCyrillicIsWrittenInCyrillicAndNotMixedUp(t *testing.T) {
	for tag, foreign := range map[string]string{"uk": "ыэъё", "ru": "іїєґ"} {
		w := tongue.Of(tag)
		for r, p := range w.Reasons {
			assert.False(t, strings.ContainsAny(strings.ToLower(p.Word+p.Why), foreign), "%s in %s: %s", r, tag, p.Why)
			assert.True(t, strings.ContainsFunc(p.Word, func(c rune) bool { return unicode.Is(unicode.Cyrillic, c) }), "%s in %s", r, tag)
		}
	}
}

func TestALanguageIsFoundByTheFirstPartOfItsTag(t *testing.T) {
	for asked, got := range map[string]string{"pt": "pt-BR", "PT-pt": "pt-BR", "en-GB": "en", "DE-ch": "de", "uk": "uk", "": "pt-BR", "tlh": "pt-BR", "e": "pt-BR"} {
		assert.Equal(t, got, tongue.Of(asked).Tag, asked)
	}
}
