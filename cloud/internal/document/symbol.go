package document

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Symbol is a machine-readable code as dark and light modules, its quiet zone included.
type Symbol struct {
	Width, Height int // modules
	dark          *gozxing.BitMatrix
}

// Quiet zones that the standards ask for, in modules.
const (
	quietQR  = 4
	quiet128 = 10
)

// QR encodes text at error correction M. A signed code of 122 characters is a version 5 symbol: 37 modules, 45
// with the quiet zone.
func QR(text string) (Symbol, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M",
		gozxing.EncodeHintType_MARGIN:           quietQR,
	})
	if err != nil {
		return Symbol{}, fmt.Errorf("make a QR of %d characters: %w", len(text), err)
	}
	return Symbol{Width: m.GetWidth(), Height: m.GetHeight(), dark: m}, nil
}

// Code128 encodes text as one row of bars.
func Code128(text string) (Symbol, error) {
	m, err := oned.NewCode128Writer().Encode(text, gozxing.BarcodeFormat_CODE_128, 0, 1, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_MARGIN: 2 * quiet128, // the writer parts it between both sides
	})
	if err != nil {
		return Symbol{}, fmt.Errorf("make a Code 128 of %d characters: %w", len(text), err)
	}
	return Symbol{Width: m.GetWidth(), Height: m.GetHeight(), dark: m}, nil
}

// Dark says whether a module is dark.
func (s Symbol) Dark(x, y int) bool { return s.dark.Get(x, y) }

// run is a stretch of dark modules in one row.
type run struct{ x, y, length int }

// runs are all dark stretches, row by row: far fewer shapes than modules.
func (s Symbol) runs() []run {
	var out []run
	for y := range s.Height {
		for x := 0; x < s.Width; x++ {
			start := x
			for x < s.Width && s.Dark(x, y) {
				x++
			}
			if x > start {
				out = append(out, run{start, y, x - start})
			}
		}
	}
	return out
}
