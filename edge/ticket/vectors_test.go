package ticket_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

// vectors is testdata/vectors.json: readable from any language.
type vectors struct {
	About        string             `json:"about"`
	Signed       []signedVector     `json:"signed"`
	Broken       []brokenVector     `json:"broken"`     // Parse refuses
	Forged       []forgedVector     `json:"forged"`     // Parse accepts, Verify says no
	Unmintable   []unmintableVector `json:"unmintable"` // Mint refuses
	Typed        []typedVector      `json:"typed"`      // ParseShort accepts
	Mistyped     []brokenVector     `json:"mistyped"`   // ParseShort refuses
	Pretix       []pretixVector     `json:"pretix"`
	PretixBroken []brokenVector     `json:"pretix_broken"`
	PretixForged []forgedVector     `json:"pretix_forged"`
}

type signedVector struct {
	Name        string         `json:"name"`
	PrivateSeed string         `json:"private_seed"`
	PublicKey   string         `json:"public_key"`
	Event       ticket.EventID `json:"event"`
	KeyID       uint8          `json:"key_id"`
	ID          string         `json:"id"`
	Kind        uint16         `json:"kind"`
	Reissue     uint8          `json:"reissue"`
	Flags       uint8          `json:"flags"`
	Text        string         `json:"text"`
	Short       string         `json:"short"`
	Shown       string         `json:"shown"`
}

type brokenVector struct {
	Name  string `json:"name"`
	Text  string `json:"text"`
	Error string `json:"error"` // not_ours, malformed
}

type forgedVector struct {
	Name      string         `json:"name"`
	Text      string         `json:"text"`
	Event     ticket.EventID `json:"event,omitzero"`
	PublicKey string         `json:"public_key"`
}

type unmintableVector struct {
	Name    string `json:"name"`
	KeyID   uint8  `json:"key_id"`
	Kind    uint16 `json:"kind"`
	Reissue uint8  `json:"reissue"`
	Flags   uint8  `json:"flags"`
}

type typedVector struct {
	Name string `json:"name"`
	Text string `json:"text"`
	ID   string `json:"id"`
}

type pretixVector struct {
	Name       string `json:"name"`
	Text       string `json:"text"`
	PublicKey  string `json:"public_key"`
	Seed       string `json:"seed"`
	Item       int64  `json:"item"`
	Variation  int64  `json:"variation"`
	Subevent   int64  `json:"subevent"`
	ValidFrom  int64  `json:"valid_from"` // unix seconds, 0 = none
	ValidUntil int64  `json:"valid_until"`
}

var failures = map[string]error{"not_ours": ticket.ErrNotOurs, "malformed": ticket.ErrMalformed}

func readVectors(t *testing.T) (v vectors) {
	bytes, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(bytes, &v))
	return v
}

func fromHex(t *testing.T, text string) []byte {
	bytes, err := hex.DecodeString(text)
	require.NoError(t, err)
	return bytes
}

func TestSignedVectors(t *testing.T) {
	for _, v := range readVectors(t).Signed {
		t.Run(v.Name, func(t *testing.T) {
			id, err := ticket.ParseID(v.ID)
			require.NoError(t, err)
			key := ed25519.NewKeyFromSeed(fromHex(t, v.PrivateSeed))
			fields := ticket.Fields{KeyID: v.KeyID, ID: id, Kind: v.Kind, Reissue: v.Reissue, Flags: v.Flags}
			code := mint(t, ticket.Signer{Event: v.Event, KeyID: v.KeyID, Key: key}, fields)
			assert.Equal(t, v.Text, code.Text())
			read, err := ticket.Parse(v.Text)
			require.NoError(t, err)
			assert.Equal(t, fields, read.Fields())
			assert.True(t, read.Verify(v.Event, fromHex(t, v.PublicKey)))
			assert.Equal(t, v.Short, id.Short())
			assert.Equal(t, v.Shown, id.ShortShown())
		})
	}
}

func TestVectorsOfEveryWayToFail(t *testing.T) {
	v := readVectors(t)
	refuses := func(kind string, rows []brokenVector, parse func(string) error) {
		for _, row := range rows {
			t.Run(kind+"/"+row.Name, func(t *testing.T) {
				require.Contains(t, failures, row.Error)
				assert.ErrorIs(t, parse(row.Text), failures[row.Error])
			})
		}
	}
	refuses("signed", v.Broken, func(text string) error { _, err := ticket.Parse(text); return err })
	refuses("short", v.Mistyped, func(text string) error { _, err := ticket.ParseShort(text); return err })
	refuses("pretix", v.PretixBroken, func(text string) error { _, err := ticket.ParsePretix(text); return err })
	for _, row := range v.Unmintable {
		t.Run("mint/"+row.Name, func(t *testing.T) {
			s := signer(1)
			s.KeyID = row.KeyID
			_, err := ticket.Mint(s, ticket.Fields{Kind: row.Kind, Reissue: row.Reissue, Flags: row.Flags})
			assert.Error(t, err)
		})
	}
}

func TestForgedVectors(t *testing.T) {
	v := readVectors(t)
	for _, row := range v.Forged {
		t.Run(row.Name, func(t *testing.T) {
			code, err := ticket.Parse(row.Text)
			require.NoError(t, err)
			assert.False(t, code.Verify(row.Event, fromHex(t, row.PublicKey)))
		})
	}
	for _, row := range v.PretixForged {
		t.Run("pretix/"+row.Name, func(t *testing.T) {
			code, err := ticket.ParsePretix(row.Text)
			require.NoError(t, err)
			assert.False(t, code.Verify(fromHex(t, row.PublicKey)))
		})
	}
}

func TestTypedVectors(t *testing.T) {
	for _, row := range readVectors(t).Typed {
		t.Run(row.Name, func(t *testing.T) {
			id, err := ticket.ParseShort(row.Text)
			require.NoError(t, err)
			assert.Equal(t, row.ID, id.String())
		})
	}
}

func TestPretixVectors(t *testing.T) {
	for _, row := range readVectors(t).Pretix {
		t.Run(row.Name, func(t *testing.T) {
			p, err := ticket.ParsePretix(row.Text)
			require.NoError(t, err)
			assert.True(t, p.Verify(fromHex(t, row.PublicKey)))
			assert.Equal(t, row.Seed, p.Seed)
			assert.Equal(t, []int64{row.Item, row.Variation, row.Subevent}, []int64{p.Item, p.Variation, p.Subevent})
			assert.Equal(t, row.ValidFrom, seconds(p.ValidFrom))
			assert.Equal(t, row.ValidUntil, seconds(p.ValidUntil))
		})
	}
}

func seconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// The tickets are printed, so what a vector once said it says for ever. Whoever adds vectors adds them at the end of
// their list, and adds a line here.
func TestVectorsAreAppendOnly(t *testing.T) {
	v := readVectors(t)
	for _, past := range []struct {
		when                                                                      string
		signed, broken, forged, unmintable, typed, mistyped, pretix, pbad, pfalse int
		sha256                                                                    string
	}{
		{"2026-11", 5, 14, 7, 4, 6, 8, 2, 11, 2, "c8d9754ea6f848e43bea4f51f1d4d48a4387f9f5c9c2e02469c9ddb7a60fb5c5"},
	} {
		then := vectors{Signed: v.Signed[:past.signed], Broken: v.Broken[:past.broken], Forged: v.Forged[:past.forged],
			Unmintable: v.Unmintable[:past.unmintable], Typed: v.Typed[:past.typed], Mistyped: v.Mistyped[:past.mistyped],
			Pretix: v.Pretix[:past.pretix], PretixBroken: v.PretixBroken[:past.pbad], PretixForged: v.PretixForged[:past.pfalse]}
		bytes, err := json.Marshal(then)
		require.NoError(t, err)
		sum := sha256.Sum256(bytes)
		assert.Equal(t, past.sha256, hex.EncodeToString(sum[:]), "vectors of %s were changed", past.when)
	}
}
