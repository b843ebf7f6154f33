// Package sight reads the code in a grey picture.
//
// It knows pictures and kinds of code; it opens no camera and does not know what a ticket is.
package sight

import (
	"fmt"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/aztec"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// MaxSide is the longest side of a picture, in pixels.
const MaxSide = 4096

// Picture is one byte of brightness a pixel, row by row, without gaps.
type Picture struct {
	Grey          []byte
	Width, Height int
}

func (p Picture) whole() bool {
	return p.Width > 0 && p.Height > 0 && p.Width <= MaxSide && p.Height <= MaxSide && len(p.Grey) == p.Width*p.Height
}

// Half is the picture at half its size: the mean of each four pixels.
func (p Picture) Half() Picture {
	h := Picture{Width: p.Width / 2, Height: p.Height / 2}
	h.Grey = make([]byte, h.Width*h.Height)
	for y := range h.Height {
		upper, lower := p.Grey[2*y*p.Width:], p.Grey[(2*y+1)*p.Width:]
		row := h.Grey[y*h.Width : (y+1)*h.Width]
		for x := range row {
			row[x] = byte((uint(upper[2*x]) + uint(upper[2*x+1]) + uint(lower[2*x]) + uint(lower[2*x+1]) + 2) / 4)
		}
	}
	return h
}

// binarisers tell black from white. The first follows shadows and gloss, the second sees flat, small and faint codes.
var binarisers = []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer}

// Reader reads pictures of one camera. QR codes are looked for in every picture, at half its size first: four times as
// cheap, and enough for a code held up to a camera. One other kind of code is tried in each picture where there is none.
type Reader struct {
	qr     gozxing.Reader
	others []gozxing.Reader
	next   int
	panics int
}

// NewReader returns a reader of QR, Data Matrix, Aztec, Code 128, EAN and UPC, Code 39 and ITF.
func NewReader() *Reader {
	return &Reader{qr: qrcode.NewQRCodeReader(), others: []gozxing.Reader{datamatrix.NewDataMatrixReader(), aztec.NewAztecReader(),
		oned.NewCode128Reader(), oned.NewMultiFormatUPCEANReader(nil), oned.NewCode39Reader(), oned.NewITFReader()}}
}

// Read returns the text of the code in a picture, and whether there is one.
func (r *Reader) Read(p Picture) (text string, found bool) {
	if !p.whole() {
		return "", false
	}
	for _, size := range []Picture{p.Half(), p} {
		if text, found := r.decode(r.qr, size); found {
			return text, true
		}
	}
	other := r.others[r.next%len(r.others)]
	r.next++
	return r.decode(other, p)
}

// Panics is how often a decoder broke off on a picture. Such a picture shows no code.
func (r *Reader) Panics() int { return r.panics }

func (r *Reader) decode(reader gozxing.Reader, p Picture) (text string, found bool) {
	for _, binarise := range binarisers {
		if text, err := r.once(reader, p, binarise); err == nil && text != "" {
			return text, true
		}
	}
	return "", false
}

func (r *Reader) once(reader gozxing.Reader, p Picture, binarise func(gozxing.LuminanceSource) gozxing.Binarizer) (text string, err error) {
	defer func() {
		if fault := recover(); fault != nil { // the decoders index past their arrays on some broken codes
			r.panics++
			text, err = "", fmt.Errorf("the decoder broke off: %v", fault)
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.Grey, p.Width, p.Height, 0, 0, p.Width, p.Height, false)
	if err != nil {
		return "", err
	}
	bitmap, err := gozxing.NewBinaryBitmap(binarise(source))
	if err != nil {
		return "", err
	}
	defer reader.Reset()
	result, err := reader.Decode(bitmap, nil)
	if err != nil {
		return "", err
	}
	return result.GetText(), nil
}
