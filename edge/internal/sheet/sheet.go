// Package sheet prints what a technician needs to set a scanner up: the steps of its profile with their bar codes, and
// codes to try it with. It knows paper; what the codes do is the profile's business.
package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	firmwareconfig "portaria/firmware-config"
)

// Millimetres, on A4.
const (
	margin    = 20.0
	width     = 170.0
	barHeight = 18.0
	module    = 0.38 // of a bar code: any scanner reads it
	qrSide    = 30.0
	bottom    = 270.0
)

// fnc3 is how the library spells the function character 3.
const fnc3 = "\u00f3"

// Trials are the codes to try a scanner with. The first has the letters and signs that lie elsewhere on other
// countries' keyboards: where it is read as something else, the layout is wrong.
var Trials = []string{"PORTARIA-TEST-QWYZAM-0123456789", "PORTARIA TEST QR 7K3M9QXF2TBCW8"}

// Write prints the sheet of a profile as a PDF. The same profile and day give the same bytes.
func Write(w io.Writer, profile firmwareconfig.Scanner, made time.Time) error {
	p := page{pdf: fpdf.New("P", "mm", "A4", "")}
	p.pdf.SetCreationDate(made)
	p.pdf.SetModificationDate(made)
	p.pdf.SetCatalogSort(true)
	p.pdf.SetAutoPageBreak(false, margin)
	p.latin = p.pdf.UnicodeTranslatorFromDescriptor("") // the built-in fonts know Windows-1252
	p.turn()
	p.say("B", 18, "Portaria: "+profile.Title)
	p.say("", 11, fmt.Sprintf("Profile %q. Scan from top to bottom; wait until the scanner is quiet after each.", profile.Name))
	for i, step := range profile.Setup {
		p.room(2*barHeight + 12)
		p.say("B", 12, fmt.Sprintf("%d. %s", i+1, step.Says))
		p.step(step)
	}
	p.room(2*barHeight + qrSide + 30)
	p.say("B", 12, "Try it: the gate must refuse both as unknown, not as unreadable. A text editor shows what a keyboard scanner types.")
	p.bars(Trials[0], Trials[0])
	p.square(Trials[1])
	if p.err != nil {
		return fmt.Errorf("draw the sheet of %s: %w", profile.Name, p.err)
	}
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("write the sheet of %s: %w", profile.Name, err)
	}
	return nil
}

type page struct {
	pdf   *fpdf.Fpdf
	latin func(string) string
	err   error // the first thing that could not be drawn
}

func (p *page) turn() {
	p.pdf.AddPage()
	p.pdf.SetXY(margin, margin)
}

// room starts another page where fewer millimetres are left.
func (p *page) room(needed float64) {
	if p.pdf.GetY()+needed > bottom {
		p.turn()
	}
}

func (p *page) say(style string, points float64, text string) {
	p.pdf.SetFont("Helvetica", style, points)
	p.pdf.SetX(margin)
	p.pdf.MultiCell(width, points*0.5, p.latin(text), "", "L", false)
	p.pdf.Ln(2)
}

func (p *page) step(step firmwareconfig.Step) {
	if step.Code == "" {
		return
	}
	data, shown := step.Code, strings.NewReplacer("\r", "<CR>", "\n", "<LF>", "\t", "<TAB>").Replace(step.Code)
	if step.FNC3 {
		data, shown = fnc3+data, "<FNC3>"+shown
	}
	p.bars(data, shown)
}

func (p *page) bars(data, shown string) {
	matrix, err := oned.NewCode128Writer().Encode(data, gozxing.BarcodeFormat_CODE_128, 0, 1, nil)
	if err != nil {
		p.fail(err)
		return
	}
	scale := min(module, width/float64(matrix.GetWidth()))
	p.draw(matrix, scale, barHeight)
	p.say("", 9, shown)
	p.pdf.Ln(4)
}

func (p *page) square(data string) {
	matrix, err := qrcode.NewQRCodeWriter().Encode(data, gozxing.BarcodeFormat_QR_CODE, 0, 0, nil)
	if err != nil {
		p.fail(err)
		return
	}
	scale := qrSide / float64(matrix.GetWidth())
	p.draw(matrix, scale, scale)
	p.say("", 9, data)
}

// draw fills the dark modules, a run of them at a time.
func (p *page) draw(matrix *gozxing.BitMatrix, wide, high float64) {
	top := p.pdf.GetY()
	p.pdf.SetFillColor(0, 0, 0)
	for y := range matrix.GetHeight() {
		for x := 0; x < matrix.GetWidth(); x++ {
			from := x
			for x < matrix.GetWidth() && matrix.Get(x, y) {
				x++
			}
			if x > from {
				p.pdf.Rect(margin+float64(from)*wide, top+float64(y)*high, float64(x-from)*wide, high, "F")
			}
		}
	}
	p.pdf.SetY(top + float64(matrix.GetHeight())*high + 1)
}

func (p *page) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}
