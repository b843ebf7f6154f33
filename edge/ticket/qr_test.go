package ticket_test

import (
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
)

// A ticket's QR must stay small enough for a dim phone: these are the sizes that the format promises at error
// correction level M.
func TestTheQRCodesAreAsSmallAsPromised(t *testing.T) {
	fullest := ticket.Fields{ID: ^ticket.ID(0), Kind: 4095, Reissue: 63, Flags: 63}
	for _, c := range []struct {
		name       string
		text       string
		characters int
		version    int
		modules    int
	}{
		{"signed code", mint(t, signer(1), sample).Text(), 122, 5, 37},
		{"signed code, every bit set", mint(t, signer(1), fullest).Text(), 122, 5, 37},
		{"short code", sample.ID.Short(), 14, 1, 21},
	} {
		t.Run(c.name, func(t *testing.T) {
			qr, err := encoder.Encoder_encodeWithoutHint(c.text, decoder.ErrorCorrectionLevel_M)
			require.NoError(t, err)
			assert.Len(t, c.text, c.characters)
			assert.Equal(t, c.version, qr.GetVersion().GetVersionNumber())
			assert.Equal(t, c.modules, qr.GetMatrix().GetWidth())
		})
	}
}
