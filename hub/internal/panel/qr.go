package panel

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// quiet is the light border of a QR code, in modules.
const quiet = 4

func matrix(text string) (*gozxing.BitMatrix, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M", gozxing.EncodeHintType_MARGIN: quiet})
	if err != nil {
		return nil, fmt.Errorf("make a QR of %d characters: %w", len(text), err)
	}
	return m, nil
}

// qrSide is how many modules wide a code is, with its border.
func qrSide(text string) (int, error) {
	m, err := matrix(text)
	if err != nil {
		return 0, err
	}
	return m.GetWidth(), nil
}

// qr is a code as an SVG path of one unit a module.
func qr(text string) (string, error) {
	m, err := matrix(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for y := range m.GetHeight() {
		for x := range m.GetWidth() {
			if m.Get(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return b.String(), nil
}
