package panel

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// quiet is the light border of a QR code, in modules.
const quiet = 4

// symbol is a QR code as an SVG path of one unit a module; Side is how many modules wide it is, with its border.
type symbol struct {
	Side int
	Path string
}

func qr(text string) (symbol, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M", gozxing.EncodeHintType_MARGIN: quiet})
	if err != nil {
		return symbol{}, fmt.Errorf("make a QR of %d characters: %w", len(text), err)
	}
	var b strings.Builder
	for y := range m.GetHeight() {
		for x := range m.GetWidth() {
			if m.Get(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return symbol{m.GetWidth(), b.String()}, nil
}
