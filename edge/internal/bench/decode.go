package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"portaria/edge/internal/scanner/sight"
	"portaria/edge/internal/scanner/sight/drawn"
	"portaria/figure"
)

// Decode measures how a camera's clean picture of 1280x720 is read, against the library alone on the whole picture.
func Decode(_ context.Context, c Config) error {
	c.defaults()
	text := strings.Repeat("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 4)[:122] // as long as a signed code
	picture, err := drawn.Code(qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, text, 1280, 720, 500)
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	const n = 20
	reader := sight.NewReader()
	var ratios, times []float64
	for range blocks {
		library, err := figure.Typical(n, func(int) error { return expect(text)(alone(picture)) })
		if err != nil {
			return err
		}
		ours, err := figure.Typical(n, func(int) error {
			got, _ := reader.Read(picture)
			return expect(text)(got, nil)
		})
		if err != nil {
			return err
		}
		ratios, times = append(ratios, ours/library), append(times, ours)
	}
	return c.print(figure.Figure{Name: "decode", Ratio: figure.Median(ratios), Goal: 0.6, About: fmt.Sprintf("a clean 1280x720 picture of a signed code / gozxing on all of it, %.1f ms, n=%d x %d", figure.Median(times)/1e6, n, blocks)})
}

func expect(want string) func(got string, err error) error {
	return func(got string, err error) error {
		if err == nil && got != want {
			err = errors.New("the picture was not read right")
		}
		return err
	}
}

// alone is what the library does by itself.
func alone(p sight.Picture) (string, error) {
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.Grey, p.Width, p.Height, 0, 0, p.Width, p.Height, false)
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return "", err
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}
