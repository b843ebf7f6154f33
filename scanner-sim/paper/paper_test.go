package paper_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/scanner-sim/paper"
)

// What the tickets in testdata carry. They are what the cloud prints.
const (
	signed = "2CYCEH6ZNWB9DKG0E1111R61BJR2F0BXEESHRZ3DG8HH12GPE1Z0FJ92H09YXQWQZ43DTYFA2EFW0PSNET91QMXBSKCRJNZHHH10R5DTEZPAJM7CN9H7XCPK0M"
	short  = "7K3M9QXF2TBCW8"
	second = "G000000000001N" // the QR and the bars of the PDF's second page
)

func TestPrintedTicketsAreRead(t *testing.T) {
	for _, c := range []struct {
		file string
		page int
		want paper.Symbology
		text string
	}{
		{"ticket.pdf", 1, paper.QR, signed},
		{"ticket.pdf", 1, paper.Code128, short},
		{"ticket.pdf", 2, paper.QR, second},
		{"ticket.pdf", 2, paper.Code128, second},
		{"ticket.png", 1, paper.QR, signed},
		{"ticket.png", 1, paper.Code128, short},
		{"ticket.svg", 1, paper.QR, signed},
		{"ticket.svg", 1, paper.Code128, short},
	} {
		t.Run(fmt.Sprintf("%s of page %d of %s", c.want, c.page, c.file), func(t *testing.T) {
			text, err := paper.Read(t.Context(), filepath.Join("testdata", c.file), c.page, c.want)
			require.NoError(t, err)
			assert.Equal(t, c.text, text)
		})
	}
}

// Another decoder must agree, or we might read what only we can read.
func TestAnotherReaderAgrees(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page")
	run(t, "pdftoppm", "-png", "-singlefile", "-r", "200", "testdata/ticket.pdf", page)
	for _, picture := range []string{page + ".png", "testdata/ticket.png"} {
		read := run(t, "zbarimg", "--quiet", "-Sdisable", "-Sqrcode.enable", "-Scode128.enable", picture)
		assert.Contains(t, read, "QR-Code:"+signed+"\n")
		assert.Contains(t, read, "CODE-128:"+short+"\n")
	}
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(t, err, "%s: %s", name, out)
	return string(out)
}

func TestATextFileIsItsFirstLine(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"a line":             {"4006381333931\n", "4006381333931"},
		"no new line":        {"4006381333931", "4006381333931"},
		"a line of Windows":  {"ABC\r\nDEF\r\n", "ABC"},
		"spaces are content": {" A B ", " A B "},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := paper.Read(t.Context(), file(t, "code.txt", c.content), 1, paper.QR)
			require.NoError(t, err)
			assert.Equal(t, c.want, text)
		})
	}
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	broken, err := os.ReadFile("testdata/ticket.png")
	require.NoError(t, err)
	for _, c := range []struct {
		name, path string
		page       int
		want       string
	}{
		{"a file that is not there", "testdata/none.png", 1, "no such file"},
		{"a folder", "testdata", 1, "not a file"},
		{"a folder named like a picture", folder(t), 1, "not a file of at most 32 MiB"},
		{"another kind of file", file(t, "ticket.docx", "x"), 1, "give a .pdf, .png, .jpg, .svg or .txt"},
		{"an empty text", file(t, "code.txt", "\n"), 1, "first line is empty"},
		{"a picture that is none", file(t, "ticket.png", "GIF89a"), 1, "not a picture"},
		{"half a picture", file(t, "ticket.png", string(broken[:3000])), 1, "not a whole picture"},
		{"a picture that claims to be huge", file(t, "ticket.png", huge(broken)), 1, "too large"},
		{"an SVG that is none", file(t, "ticket.svg", "<html"), 1, "SVG"},
		{"an SVG without a size", file(t, "ticket.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`), 1, "cannot be drawn"},
		{"an SVG as thin as a hair", file(t, "ticket.svg", `<svg viewBox="0 0 0.001 1000" xmlns="http://www.w3.org/2000/svg"/>`), 1, "cannot be drawn"},
		{"an SVG of curves", file(t, "ticket.svg", svg(`<path d="M0 0c1 1 2 2 3 3z"/>`)), 1, "save it as PNG or PDF"},
		{"an SVG that is turned", file(t, "ticket.svg", svg(`<g transform="rotate(9)"/>`)), 1, "save it as PNG or PDF"},
		{"an SVG with a broken number", file(t, "ticket.svg", svg(`<path d="M0 0h..5z"/>`)), 1, "broken number"},
		{"an SVG of too many points", file(t, "ticket.svg", svg(`<path d="M0 0`+strings.Repeat("h1", 200_001)+`"/>`)), 1, "over 200000 points"},
		{"an SVG with no code", file(t, "ticket.svg", `<svg viewBox="0 0 10 10" xmlns="http://www.w3.org/2000/svg"/>`), 1, paper.ErrNoCode.Error()},
		{"a PDF that is none", file(t, "ticket.pdf", "%PDF-1.4 nothing"), 1, "pdftoppm drew no page 1"},
		{"a page that is not there", "testdata/ticket.pdf", 3, "pdftoppm drew no page 3"},
		{"page zero", "testdata/ticket.pdf", 0, "counted from 1"},
		{"the second page of a picture", "testdata/ticket.png", 2, "only a PDF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := paper.Read(t.Context(), c.path, c.page, paper.QR)
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "\n", "one line")
		})
	}
	_, err = paper.Read(t.Context(), "testdata/ticket.png", 1, "aztec")
	assert.ErrorContains(t, err, "qr or code128")
}

func folder(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "folder.png")
	require.NoError(t, os.Mkdir(path, 0o700))
	return path
}

// huge rewrites a PNG's header to claim 65,535 pixels each way.
func huge(png []byte) string {
	header := append([]byte(nil), png[:33]...)
	copy(header[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff})
	return string(withCRC(header)) + string(png[33:])
}

func TestAMissingToolIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := paper.Read(t.Context(), "testdata/ticket.pdf", 1, paper.QR)
	assert.ErrorContains(t, err, "apt-get install poppler-utils")
}

func TestReadingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := paper.Read(ctx, "testdata/ticket.pdf", 1, paper.QR)
	assert.Error(t, err)
}

func TestAPhotographIsRead(t *testing.T) {
	qr, err := qrcode.NewQRCodeWriter().Encode(signed, gozxing.BarcodeFormat_QR_CODE, 400, 400, nil)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "photo.jpg")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, jpeg.Encode(f, dim(qr), &jpeg.Options{Quality: 60}))
	require.NoError(t, f.Close())
	text, err := paper.Read(t.Context(), path, 1, paper.QR)
	require.NoError(t, err)
	assert.Equal(t, signed, text)
}

// dim is a picture in bad light: grey on grey, darker from left to right.
func dim(picture image.Image) image.Image {
	bounds := picture.Bounds()
	shaded := image.NewGray(bounds)
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			light := 90 - 40*x/bounds.Dx()
			if r, _, _, _ := picture.At(x, y).RGBA(); r > 0x7fff {
				light += 90
			}
			shaded.SetGray(x, y, color.Gray{Y: uint8(light)})
		}
	}
	return shaded
}

func TestATransparentPictureLiesOnPaper(t *testing.T) {
	bars, err := oned.NewCode128Writer().Encode(short, gozxing.BarcodeFormat_CODE_128, 600, 120, nil)
	require.NoError(t, err)
	clear := image.NewNRGBA(bars.Bounds())
	for y := range bars.GetHeight() {
		for x := range bars.GetWidth() {
			if bars.Get(x, y) {
				clear.SetNRGBA(x, y, color.NRGBA{A: 255})
			}
		}
	}
	path := filepath.Join(t.TempDir(), "bars.png")
	save(t, path, clear)
	text, err := paper.Read(t.Context(), path, 1, paper.Code128)
	require.NoError(t, err)
	assert.Equal(t, short, text)
}

func svg(content string) string { return `<svg viewBox="0 0 10 10">` + content + `</svg>` }

func TestAnSVGIsDrawnHoweverItIsWritten(t *testing.T) {
	// One square ring, four spellings: a decoder of QR codes finds nothing in it, so the pixels are compared.
	for _, d := range []string{
		"M1 1h8v8h-8z", "M1,1 H9 V9 H1 Z", "m1 1l8 0 0 8-8 0z", "M1 1 9 1 9 9 1 9",
	} {
		picture, err := paper.DrawSVG([]byte(svg(`<path fill="#000000" d="` + d + `"/><rect x="3" y="3" width="4" height="4" fill="#ffffff"/>`)))
		require.NoError(t, err)
		for _, p := range []struct {
			x, y int
			want uint8
		}{{80, 80, 255}, {320, 320, 0}, {800, 800, 255}, {1280, 1280, 0}, {1520, 800, 255}} {
			assert.Equal(t, color.Gray{Y: p.want}, color.GrayModel.Convert(picture.At(p.x, p.y)), "%s at %d,%d", d, p.x, p.y)
		}
	}
}

func FuzzDrawSVG(f *testing.F) {
	drawn, err := os.ReadFile("testdata/ticket.svg")
	require.NoError(f, err)
	f.Add(drawn)
	f.Add([]byte(svg(`<path d="M0 0h1e309v-1z"/><rect width="1e300" height="-7" fill="none"/>`)))
	f.Add([]byte(svg(`<path d="m1.5.5-3L0 0 9999999 9zZz"/>`)))
	f.Fuzz(func(_ *testing.T, svg []byte) {
		_, _ = paper.DrawSVG(svg) // must come back
	})
}
