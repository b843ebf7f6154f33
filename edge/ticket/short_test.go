package ticket_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

// someIDs are the corners of the id space and a seeded handful from inside it.
func someIDs() []ticket.ID {
	ids := []ticket.ID{0, 1, 1<<63 | 1, ^ticket.ID(0), sample.ID}
	source := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		ids = append(ids, ticket.ID(source.Uint64()))
	}
	return ids
}

func TestAShortCodeIsReadBack(t *testing.T) {
	for _, id := range someIDs() {
		require.Len(t, id.Short(), ticket.ShortLen)
		read, err := ticket.ParseShort(id.Short())
		require.NoError(t, err)
		require.Equal(t, id, read)
		read, err = ticket.ParseShort(id.ShortShown())
		require.NoError(t, err)
		require.Equal(t, id, read)
	}
}

func TestAShortCodeIsForgivenItsTyping(t *testing.T) {
	const zerosAndOnes = ticket.ID(0x0010_8421_0842_1000)
	digits := zerosAndOnes.Short()
	require.Contains(t, digits, "0")
	require.Contains(t, digits, "1")
	for _, c := range []struct {
		name, text string
		id         ticket.ID
	}{
		{"as shown", "7K3M9-QXF2T-BCW8", sample.ID},
		{"without dashes", "7K3M9QXF2TBCW8", sample.ID},
		{"in lower case", "7k3m9-qxf2t-bcw8", sample.ID},
		{"with spaces anywhere", "  7K3 M9QX F2TB CW8 \t", sample.ID},
		{"with a new line", "7K3M9-QXF2T-BCW8\r\n", sample.ID},
		{"with a phone's long dashes", "7K3M9–QXF2T—BCW8", sample.ID},
		{"with a hard space", "7K3M9\u00a0QXF2T\u00a0BCW8", sample.ID},
		{"O for 0", strings.ReplaceAll(digits, "0", "O"), zerosAndOnes},
		{"small o for 0", strings.ReplaceAll(digits, "0", "o"), zerosAndOnes},
		{"I for 1", strings.ReplaceAll(digits, "1", "I"), zerosAndOnes},
		{"small l for 1", strings.ReplaceAll(digits, "1", "l"), zerosAndOnes},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := ticket.ParseShort(c.text)
			require.NoError(t, err)
			assert.Equal(t, c.id, id)
		})
	}
}

func TestWhatIsNoShortCodeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"a wrong character", "7K3M9-QXF2T-BCW9", ticket.ErrMalformed},
		{"fourteen zeros", "00000000000000", ticket.ErrMalformed},
		{"nothing", "", ticket.ErrNotOurs},
		{"only dashes", "--------------", ticket.ErrNotOurs},
		{"a character short", "7K3M9-QXF2T-BCW", ticket.ErrNotOurs},
		{"a character long", "7K3M9-QXF2T-BCW88", ticket.ErrNotOurs},
		{"the letter U", "7K3M9-QXF2T-BCWU", ticket.ErrNotOurs},
		{"a letter of another alphabet", "7К3M9-QXF2T-BCW8", ticket.ErrNotOurs},
		{"broken text", "7K3M9\xffQXF2TBCW8", ticket.ErrNotOurs},
		{"too many spaces to be typed", "7K3M9QXF2TBCW8" + strings.Repeat(" ", 60), ticket.ErrNotOurs},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ticket.ParseShort(c.text)
			assert.ErrorIs(t, err, c.want)
		})
	}
}

func TestTheCheckCatchesEveryWrongCharacter(t *testing.T) {
	for _, id := range someIDs() {
		text := id.Short()
		for i := range text {
			for _, wrong := range crockford {
				if byte(wrong) != text[i] {
					_, err := ticket.ParseShort(text[:i] + string(wrong) + text[i+1:])
					require.ErrorIs(t, err, ticket.ErrMalformed, "%s with %c at %d", text, wrong, i)
				}
			}
		}
	}
}

func TestTheCheckCatchesEverySwapOfTwoCharacters(t *testing.T) {
	for _, id := range someIDs() {
		text := []byte(id.Short())
		for i := range text {
			for j := range i {
				if text[i] == text[j] {
					continue
				}
				text[i], text[j] = text[j], text[i]
				_, err := ticket.ParseShort(string(text))
				require.ErrorIs(t, err, ticket.ErrMalformed, "%s with %d and %d swapped", id.Short(), i, j)
				text[i], text[j] = text[j], text[i]
			}
		}
	}
}

func TestTheCheckLetsOneOf64OtherMistakesThrough(t *testing.T) {
	// Two wrong characters are more than six bits can promise to catch: the rate is what the document states.
	source := rand.New(rand.NewPCG(3, 4))
	missed, tries := 0, 0
	for range 200_000 {
		id := ticket.ID(source.Uint64())
		text := []byte(id.Short())
		i, j := source.IntN(ticket.ShortLen), source.IntN(ticket.ShortLen)
		text[i], text[j] = crockford[source.IntN(32)], crockford[source.IntN(32)]
		if string(text) == id.Short() {
			continue
		}
		tries++
		if _, err := ticket.ParseShort(string(text)); err == nil {
			missed++
		}
	}
	assert.InDelta(t, 1.0/64, float64(missed)/float64(tries), 0.003)
}
