package ticket_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"portaria/edge/ticket"
)

func TestWhatIsMintedIsReadAndVerified(t *testing.T) {
	s := signer(1)
	rapid.Check(t, func(t *rapid.T) {
		s.KeyID = rapid.Uint8Range(0, 15).Draw(t, "key id")
		want := ticket.Fields{
			KeyID:   s.KeyID,
			ID:      ticket.ID(rapid.Uint64().Draw(t, "id")),
			Kind:    rapid.Uint16Range(0, 4095).Draw(t, "kind"),
			Reissue: rapid.Uint8Range(0, 63).Draw(t, "reissue"),
			Flags:   rapid.Uint8Range(0, 63).Draw(t, "flags"),
		}
		code, err := ticket.Mint(s, want)
		require.NoError(t, err)
		read, err := ticket.Parse(code.Text())
		require.NoError(t, err)
		assert.Equal(t, code, read)
		assert.Equal(t, want, read.Fields())
		assert.Equal(t, want.ID, read.ID())
		assert.Len(t, code.Text(), ticket.TextLen)
		assert.True(t, read.Verify(concert, public(s)))
	})
}

func TestMintRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*ticket.Signer, *ticket.Fields){
		"key id 16":            func(s *ticket.Signer, _ *ticket.Fields) { s.KeyID = 16 },
		"kind 4096":            func(_ *ticket.Signer, f *ticket.Fields) { f.Kind = 4096 },
		"reissue 64":           func(_ *ticket.Signer, f *ticket.Fields) { f.Reissue = 64 },
		"flags 64":             func(_ *ticket.Signer, f *ticket.Fields) { f.Flags = 64 },
		"another key's id":     func(_ *ticket.Signer, f *ticket.Fields) { f.KeyID = 4 },
		"a signer with no key": func(s *ticket.Signer, _ *ticket.Fields) { s.Key = nil },
		"a key cut in half":    func(s *ticket.Signer, _ *ticket.Fields) { s.Key = s.Key[:32] },
	} {
		t.Run(name, func(t *testing.T) {
			s, f := signer(1), sample
			spoil(&s, &f)
			_, err := ticket.Mint(s, f)
			assert.ErrorContains(t, err, "mint a code")
		})
	}
}

func TestASignatureHoldsForOneEventAndOneKey(t *testing.T) {
	s := signer(1)
	code := mint(t, s, sample)
	assert.True(t, code.Verify(concert, public(s)))
	assert.False(t, code.Verify(otherDay, public(s)), "another event of the same organizer")
	assert.False(t, code.Verify(concert, public(signer(2))), "another key")
	assert.False(t, code.Verify(concert, nil), "no key")
	assert.False(t, code.Verify(concert, public(s)[:31]), "a short key")
}

func TestAStaffBadgeIsACodeOfItsVenue(t *testing.T) {
	s := signer(1)
	s.Event = otherDay // a venue's id takes the event's place
	badge := mint(t, s, ticket.Fields{ID: 9, Kind: ticket.KindStaff})
	read, err := ticket.Parse(badge.Text())
	require.NoError(t, err)
	assert.Equal(t, uint16(ticket.KindStaff), read.Fields().Kind)
	assert.True(t, read.Verify(otherDay, public(s)))
	assert.False(t, read.Verify(concert, public(s)), "a badge opens nothing as a ticket of an event")
}

// The proof that one ticket has one spelling: whatever Parse accepts is what Text writes (FuzzParse tries it on any
// text), and no text at a distance of one change is accepted as a well-signed code.
func TestOneTicketHasOneSpelling(t *testing.T) {
	s := signer(1)
	code := mint(t, s, sample)
	for _, text := range neighbours(code.Text()) {
		read, err := ticket.Parse(text)
		if err != nil {
			require.True(t, isEither(err), "%q: %v", text, err)
			continue
		}
		require.Equal(t, text, read.Text())
		require.NotEqual(t, code, read, "%q is another spelling", text)
		require.False(t, read.Verify(concert, public(s)), "%q is well signed", text)
	}
}

// neighbours are all texts that differ from text by one character changed, put in or taken out, by case, or by white
// space around it.
func neighbours(text string) []string {
	const strange = "abcxyzoiluOILU -+/=\r\n\t\x00\x7f\x80\xff]"
	all := []string{strings.ToLower(text), " " + text, text + "\r\n", "]Q1" + text, text + text, "\ufeff" + text}
	for i := range text {
		all = append(all, text[:i]+text[i+1:])
		for _, char := range []byte("0123456789ABCDEFGHJKMNPQRSTVWXYZ" + strange) {
			if char != text[i] {
				all = append(all, text[:i]+string(rune(char))+text[i+1:], text[:i]+string([]byte{char})+text[i+1:])
			}
		}
	}
	for i := 0; i <= len(text); i++ {
		for _, char := range []byte(strange + "0Z") {
			all = append(all, text[:i]+string([]byte{char})+text[i:])
		}
	}
	return all
}

func TestASignatureHasNoSecondForm(t *testing.T) {
	// Ed25519 as first written accepted S and S plus the order of the group for one message: two spellings.
	s := signer(1)
	text := mint(t, s, sample).Text()
	other := withRaw(t, text, func(raw []byte) { addOrder(raw[ticket.BodyLen+32:]) })
	read, err := ticket.Parse(other)
	require.NoError(t, err)
	assert.NotEqual(t, text, other)
	assert.False(t, read.Verify(concert, public(s)))
}

func TestParseTellsADamagedCodeFromAForeignOne(t *testing.T) {
	text := mint(t, signer(1), sample).Text()
	for _, c := range []struct {
		name string
		text string
		want error
	}{
		{"lower case", strings.ToLower(text), ticket.ErrMalformed},
		{"a new line after it", text + "\n", ticket.ErrMalformed},
		{"a space before it", " " + text, ticket.ErrMalformed},
		{"its last character lost", text[:121], ticket.ErrMalformed},
		{"its second half lost", text[:61], ticket.ErrMalformed},
		{"the letter O for a zero", text[:50] + "O" + text[51:], ticket.ErrMalformed},
		{"stray bits at the end", strayBits(text), ticket.ErrMalformed},
		{"a format to come", "4" + text[1:], ticket.ErrMalformed},
		{"format zero", "0" + text[1:], ticket.ErrMalformed},
		{"nothing", "", ticket.ErrNotOurs},
		{"an EAN-13", "4006381333931", ticket.ErrNotOurs},
		{"a web address", "https://tickets.example/" + text, ticket.ErrNotOurs},
		{"a letter that is not in the alphabet", text[:50] + "U" + text[51:], ticket.ErrNotOurs},
		{"binary", text[:50] + "\x00\xff" + text[52:], ticket.ErrNotOurs},
		{"ten kilobytes", strings.Repeat("2", 10_000), ticket.ErrNotOurs},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ticket.Parse(c.text)
			assert.ErrorIs(t, err, c.want)
		})
	}
}
