package ticket_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

func FuzzParse(f *testing.F) {
	text := mint(f, signer(1), sample).Text()
	for _, seed := range append(neighbours(text)[:40], text, "", "2", "4006381333931") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ticket.Parse(text)
		if err != nil {
			require.True(t, isEither(err))
			return
		}
		require.Equal(t, text, code.Text(), "a second spelling")
		fields := code.Fields()
		require.True(t, fields.KeyID < 16 && fields.Kind < 4096 && fields.Reissue < 64 && fields.Flags < 64)
	})
}

func FuzzParseShort(f *testing.F) {
	for _, seed := range []string{"7K3M9-QXF2T-BCW8", "7k3m9 qxf2t bcw8", "00000000000000", "", "–—\u00a0", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ticket.ParseShort(text)
		if err != nil {
			require.True(t, isEither(err))
			return
		}
		again, err := ticket.ParseShort(id.ShortShown())
		require.NoError(t, err)
		require.Equal(t, id, again)
	})
}

func FuzzParsePretix(f *testing.F) {
	key := signer(5).Key
	f.Add(pretixCode(key, bytesField(1, "seed")))
	f.Add(pretixCode(key, append(varintField(2, 1<<63), varintField(5, 1<<40)...)))
	f.Add(pretixCode(key, []byte{9<<3 | 1, 0, 0}))
	f.Add("E4BibyTSylQOgeKjuMPiTDxi5HXPuTVsx1qCli3IL0143gj0EZXOB9iQInANxRFJTt4Pf9nXnHdB91Qk/RN0L5AIBABSxw2TKFnSUNUCKAEAPAQA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ticket.ParsePretix(text)
		if err != nil {
			require.True(t, isEither(err))
			return
		}
		require.LessOrEqual(t, len(p.Seed), 64)
		require.False(t, p.Verify(public(signer(6))), "signed by a key that never signed")
	})
}

func FuzzParseEventID(f *testing.F) {
	f.Add(concert.String())
	f.Add("0192F0C4-5e1a-7b3c-8d2e-4f60718293a4")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ticket.ParseEventID(text); err == nil {
			require.Equal(t, text, id.String())
		}
	})
}
