package identity_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/identity"
)

func invitation() identity.Invitation {
	i := identity.Invitation{For: identity.Gate, Hosts: []string{"192.168.10.4", "hub-1.local"}, Port: 8883,
		CA: identity.Print{1, 2, 3}, Platform: identity.Print{4, 5, 6}}
	copy(i.Token[:], "ABCDEFGH0123456")
	return i
}

func TestAnInvitationGoesThroughItsCode(t *testing.T) {
	for _, hosts := range [][]string{nil, {"hub.example.org"}, {"fd00::7"}, {"a", "b", "c", "d"}} {
		for _, who := range []identity.Role{identity.Gate, identity.Hub} {
			i := invitation()
			i.For, i.Hosts = who, hosts
			text, err := i.Encode()
			require.NoError(t, err)
			assert.Equal(t, strings.ToUpper(text), text, "a QR code in its dense mode, and no keyboard layout matters")
			assert.Equal(t, who == identity.Gate, identity.LooksLikeCode(text))
			back, err := identity.ParseCode(" "+text+"\r\n", who)
			require.NoError(t, err)
			assert.Equal(t, i, back)
		}
	}
}

func TestAnInvitationHasOneFixedSpelling(t *testing.T) {
	text, err := invitation().Encode()
	require.NoError(t, err)
	assert.Equal(t, "PE14ASG431H74S2WC9P70Q32C1E6G5PGXB25MRJWV3FCDGPR0820C00000000000000000000040M300000000000000000000085146H258S3MGC1H68SK8D9P", text[:len(text)-7])
	for i := range text {
		wrong := []byte(text)
		if wrong[i] = 'X'; text[i] == 'X' {
			wrong[i] = 'Y'
		}
		_, err := identity.ParseCode(string(wrong), identity.Gate)
		assert.ErrorIs(t, err, identity.ErrCode, "character %d", i)
	}
}

func TestWhatIsNoInvitation(t *testing.T) {
	good, err := invitation().Encode()
	require.NoError(t, err)
	hub := invitation()
	hub.For = identity.Hub
	theirs, err := hub.Encode()
	require.NoError(t, err)
	for what, text := range map[string]string{
		"nothing": "", "a ticket": "7K3M9QXF2TBCW8", "half": good[:40], "a hub's": theirs, "lower case": strings.ToLower(good),
		"more behind": good + "00", "a flood": "PE1" + strings.Repeat("0", 1<<20), "another version": "PE2" + good[3:],
	} {
		_, err := identity.ParseCode(text, identity.Gate)
		assert.ErrorIs(t, err, identity.ErrCode, what)
	}
	for what, change := range map[string]func(*identity.Invitation){
		"no port": func(i *identity.Invitation) { i.Port = 0 }, "nobody": func(i *identity.Invitation) { i.For = "" },
		"many hosts":    func(i *identity.Invitation) { i.Hosts = make([]string, 5) },
		"a strange one": func(i *identity.Invitation) { i.Hosts = []string{"hub 1"} },
		"no CA":         func(i *identity.Invitation) { i.CA = identity.Print{} },
	} {
		i := invitation()
		change(&i)
		_, err := i.Encode()
		assert.Error(t, err, what)
	}
}

func TestATokenCanBeTyped(t *testing.T) {
	token := identity.NewToken()
	assert.NotEqual(t, token, identity.NewToken())
	text := token.String()
	require.Len(t, text, 19)
	for _, typed := range []string{text, strings.ToLower(text), strings.ReplaceAll(text, "-", ""), strings.ReplaceAll(text, "0", "o"),
		strings.ReplaceAll(strings.ReplaceAll(text, "1", "l"), "-", " ")} {
		back, err := identity.ParseCode(typed, identity.Gate)
		require.NoError(t, err, typed)
		assert.Equal(t, token, back.Token)
		assert.Empty(t, back.Hosts)
	}
	caught := 0
	for i, c := range "ABCDEFGHJK" {
		wrong := []byte(strings.ReplaceAll(text, "-", ""))
		if wrong[i] = byte(c); string(wrong) == strings.ReplaceAll(text, "-", "") {
			continue
		}
		if _, err := identity.ParseToken(string(wrong)); err != nil {
			caught++
		}
	}
	assert.Greater(t, caught, 5, "most slips are seen before they cost a try")
}

func TestAProofIsOfOneSideOneConnectionOneRequest(t *testing.T) {
	key := identity.NewToken().Key()
	proof := identity.Proof(key, identity.Guest, []byte("line"), []byte("request"))
	assert.Equal(t, proof, identity.Proof(key, identity.Guest, []byte("line"), []byte("request")))
	for what, other := range map[string][]byte{
		"the other side":  identity.Proof(key, identity.Host, []byte("line"), []byte("request")),
		"another line":    identity.Proof(key, identity.Guest, []byte("wire"), []byte("request")),
		"another request": identity.Proof(key, identity.Guest, []byte("line"), []byte("requests")),
		"another token":   identity.Proof(identity.NewToken().Key(), identity.Guest, []byte("line"), []byte("request")),
	} {
		assert.NotEqual(t, proof, other, what)
	}
}

func FuzzParseCode(f *testing.F) {
	good, _ := invitation().Encode()
	f.Add(good)
	f.Add("PH1" + good[3:])
	f.Add("0123-4567-89AB-CDEF")
	f.Add("PE1")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := identity.ParseCode(text, identity.Gate)
		if err != nil {
			assert.Empty(t, i)
			return
		}
		if i.Port == 0 { // typed
			back, err := identity.ParseToken(i.Token.String())
			require.NoError(t, err)
			assert.Equal(t, i.Token, back)
			return
		}
		again, err := i.Encode()
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(text), again, "one invitation, one spelling")
	})
}

func FuzzCheckRequest(f *testing.F) {
	k, _ := identity.NewKey()
	raw, _ := identity.Request(k)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if key, err := identity.CheckRequest(raw); err == nil {
			assert.NotNil(t, key)
		}
	})
}

func FuzzDecodeCerts(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if chain, err := identity.DecodeCerts(raw); err == nil {
			assert.NotEmpty(t, chain)
		}
		_, _ = identity.DecodeKey(raw)
	})
}
