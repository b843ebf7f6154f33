package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	imagedraw "image/draw"
	_ "image/jpeg" // registers the format with image.Decode
	_ "image/png"  // registers the format with image.Decode
	"os/exec"
	"strconv"
	"strings"
)

// pdfDots is how finely a PDF is drawn, in dots an inch: a module of our smallest QR has about four.
const pdfDots = 200

func fromPixels(data []byte) (image.Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a picture: %w", err)
	}
	if config.Width*config.Height > maxPixels {
		return nil, fmt.Errorf("a picture of %d by %d pixels is too large", config.Width, config.Height)
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a whole picture: %w", err)
	}
	return onWhite(picture), nil
}

// onWhite puts a picture on paper: what is transparent would otherwise count as black.
func onWhite(picture image.Image) image.Image {
	sheet := image.NewGray(image.Rect(0, 0, picture.Bounds().Dx(), picture.Bounds().Dy()))
	imagedraw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, imagedraw.Src)
	imagedraw.Draw(sheet, sheet.Bounds(), picture, picture.Bounds().Min, imagedraw.Over)
	return sheet
}

// fromPDF has pdftoppm draw one page, for a PDF may hold anything. Vector codes are sharp at any size, so a code that
// is not made out is tried finer, and at sizes at which its modules fall differently on the grid of the picture: the
// decoder misses about one ticket in a hundred at any one size.
func fromPDF(ctx context.Context, path string, page int, want Symbology) (string, error) {
	if _, err := readFile(path); err != nil {
		return "", err
	}
	program, err := exec.LookPath("pdftoppm")
	if err != nil {
		return "", errors.New("drawing a PDF needs pdftoppm: install it with apt-get install poppler-utils")
	}
	var text string
	for _, dots := range []int{pdfDots, 2 * pdfDots, pdfDots * 5 / 4, pdfDots * 2 / 3, pdfDots * 17 / 10, pdfDots * 5 / 6} {
		picture, err := rasterise(ctx, program, path, page, dots)
		if err != nil {
			return "", err
		}
		if text, err = Decode(picture, want); !errors.Is(err, ErrNoCode) {
			return text, err
		}
	}
	return "", ErrNoCode
}

func rasterise(ctx context.Context, program, path string, page, dots int) (image.Image, error) {
	number := strconv.Itoa(page)
	cmd := exec.CommandContext(ctx, program, "-png", "-singlefile", "-gray",
		"-r", strconv.Itoa(dots), "-f", number, "-l", number, "--", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	drawn, err := cmd.Output()
	if err != nil || len(drawn) == 0 {
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		return nil, fmt.Errorf("pdftoppm drew no page %d: %s", page, said)
	}
	return fromPixels(drawn)
}
