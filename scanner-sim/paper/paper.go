// Package paper reads the code off a printed ticket as a scanner's eye would: from a PDF, a PNG, a JPEG or an SVG, or
// from a text file that holds the code itself. It knows pictures and bar codes; what a code means it does not know.
package paper

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
)

// Symbology is a kind of bar code.
type Symbology string

// Symbologies that our tickets carry.
const (
	QR      Symbology = "qr"
	Code128 Symbology = "code128"
)

// Limits of what is read. A ticket's picture has about 1.5 million pixels.
const (
	maxFile   = 32 << 20
	maxPixels = 40_000_000
)

// ErrNoCode says that the picture was read, but holds no such code that can be made out.
var ErrNoCode = errors.New("no such code on it")

// Read gives the text of the code on a page (from 1; only a PDF has more than one) of a file. The file's kind is told
// by the end of its name: .pdf, .png, .jpg, .jpeg, .svg; .txt holds the code in its first line.
func Read(ctx context.Context, path string, page int, want Symbology) (string, error) {
	text, err := read(ctx, path, page, want)
	if err != nil {
		return "", fmt.Errorf("read the %s of %s: %w", want, filepath.Base(path), err)
	}
	return text, nil
}

func read(ctx context.Context, path string, page int, want Symbology) (string, error) {
	if page < 1 {
		return "", fmt.Errorf("page %d: pages are counted from 1", page)
	}
	kind := strings.ToLower(filepath.Ext(path))
	if page > 1 && kind != ".pdf" {
		return "", fmt.Errorf("page %d: only a PDF has more than one page", page)
	}
	if kind == ".pdf" {
		return fromPDF(ctx, path, page, want)
	}
	bytes, err := readFile(path)
	if err != nil {
		return "", err
	}
	if kind == ".txt" {
		return firstLine(bytes)
	}
	picture, err := draw(kind, bytes)
	if err != nil {
		return "", err
	}
	return Decode(picture, want)
}

func draw(kind string, bytes []byte) (image.Image, error) {
	switch kind {
	case ".png", ".jpg", ".jpeg":
		return fromPixels(bytes)
	case ".svg":
		return DrawSVG(bytes)
	}
	return nil, fmt.Errorf("a file that ends in %q is no ticket: give a .pdf, .png, .jpg, .svg or .txt", kind)
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("not a file of at most %d MiB", maxFile>>20)
	}
	return os.ReadFile(path)
}

func firstLine(bytes []byte) (string, error) {
	line, _, _ := strings.Cut(string(bytes), "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", errors.New("its first line is empty")
	}
	return line, nil
}
