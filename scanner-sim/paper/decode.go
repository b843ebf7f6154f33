package paper

import (
	"fmt"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// Decode reads a code in a picture.
func Decode(picture image.Image, want Symbology) (text string, err error) {
	reader, err := readerOf(want)
	if err != nil {
		return "", err
	}
	defer func() {
		if fault := recover(); fault != nil { // the decoder indexes past its arrays on some broken codes
			text, err = "", ErrNoCode
		}
	}()
	source := gozxing.NewLuminanceSourceFromImage(picture)
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	// Shadows fall on paper, so the binariser that follows the light goes first; flat pictures need the other.
	for _, binarise := range []func(gozxing.LuminanceSource) gozxing.Binarizer{
		gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer,
	} {
		bitmap, err := gozxing.NewBinaryBitmap(binarise(source))
		if err != nil {
			continue
		}
		if found, err := reader.Decode(bitmap, hints); err == nil {
			return found.GetText(), nil
		}
		reader.Reset()
	}
	return "", ErrNoCode
}

func readerOf(want Symbology) (gozxing.Reader, error) {
	switch want {
	case QR:
		return qrcode.NewQRCodeReader(), nil
	case Code128:
		return oned.NewCode128Reader(), nil
	}
	return nil, fmt.Errorf("%q is no code that a ticket carries: qr or code128", want)
}
