// Package drawn draws pictures as a camera would see them, for tests and figures.
package drawn

import (
	"github.com/makiuchi-d/gozxing"

	"portaria/edge/internal/scanner/sight"
)

// Code returns a picture of a code, black on white in the middle of a grey background, size pixels wide and high.
func Code(writer gozxing.Writer, format gozxing.BarcodeFormat, text string, width, height, size int) (sight.Picture, error) {
	high := size
	if format != gozxing.BarcodeFormat_QR_CODE && format != gozxing.BarcodeFormat_DATA_MATRIX {
		high = size / 4
	}
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_ERROR_CORRECTION: "M"}
	code, err := writer.Encode(text, format, size, high, hints)
	if err != nil {
		return sight.Picture{}, err
	}
	p := sight.Picture{Grey: make([]byte, width*height), Width: width, Height: height}
	left, top := (width-code.GetWidth())/2, (height-code.GetHeight())/2
	for y := range height {
		for x := range width {
			p.Grey[y*width+x] = shade(code, x-left, y-top)
		}
	}
	return p, nil
}

func shade(code *gozxing.BitMatrix, x, y int) byte {
	switch {
	case x < -20 || y < -20 || x >= code.GetWidth()+20 || y >= code.GetHeight()+20:
		return 120
	case x >= 0 && y >= 0 && x < code.GetWidth() && y < code.GetHeight() && code.Get(x, y):
		return 25
	}
	return 225
}
