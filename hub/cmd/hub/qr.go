package main

import (
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// drawQR draws a QR code for a terminal, two modules in each character, dark on light whatever the terminal's colours.
func drawQR(text string) (string, error) {
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, map[gozxing.EncodeHintType]any{
		gozxing.EncodeHintType_ERROR_CORRECTION: "M", gozxing.EncodeHintType_MARGIN: 4})
	if err != nil {
		return "", fmt.Errorf("draw the code: %w", err)
	}
	var out strings.Builder
	halves := map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}
	for y := 0; y < m.GetHeight(); y += 2 {
		out.WriteString("\x1b[30;107m")
		for x := range m.GetWidth() {
			out.WriteString(halves[[2]bool{m.Get(x, y), y+1 < m.GetHeight() && m.Get(x, y+1)}])
		}
		out.WriteString("\x1b[0m\n")
	}
	return out.String(), nil
}
