package document_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/srwiley/oksvg"
	"github.com/srwiley/rasterx"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/document"
	"portaria/deploy/browsertest"
	"portaria/edge/ticket"
)

// signed has the length and the alphabet of a signed code.
var signed = strings.Repeat("7K3M9QXF2TBCW8", 9)[:122]

// number is the ticket whose short code is in the pictures.
const number = ticket.ID(0x9f3a5c7be1d20468)

func sample() document.Ticket {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	return document.Ticket{
		Language: "pt-BR", Organizer: "Porto Verão Alegre", Event: "Homens de Perto",
		Starts: time.Date(2027, 1, 16, 21, 0, 0, 0, zone), Doors: time.Date(2027, 1, 16, 19, 30, 0, 0, zone),
		Venue: "Theatro São Pedro", Address: "Praça Mal. Deodoro, Porto Alegre",
		Offer: "Inteira", Minor: 12000, Currency: "BRL", Holder: "Conceição Gonçalves", Order: "PV-4K7Q2", Index: 1, Count: 3,
		Code: signed, ID: number,
	}
}

var made = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// tool runs a program that is not ours on a file and gives what it printed.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), stderr.String())
	return string(out)
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// requireBothCodes has zbarimg read the picture.
func requireBothCodes(t *testing.T, picture string) {
	t.Helper()
	read := tool(t, "zbarimg", "--quiet", "-Sdisable", "-Sqrcode.enable", "-Scode128.enable", picture)
	require.Contains(t, read, "QR-Code:"+signed+"\n")
	require.Contains(t, read, "CODE-128:"+number.Short()+"\n")
}

func pdf(t *testing.T, tickets ...document.Ticket) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, document.PDF(&b, made, tickets...))
	return b.Bytes()
}

func TestPDFSaysEverythingAndAnotherReaderReadsIt(t *testing.T) {
	second := sample()
	second.Language, second.Index, second.Holder = "en", 2, "Ólafur Þórðarson"
	file := write(t, "tickets.pdf", pdf(t, sample(), second))

	said := tool(t, "pdftotext", "-layout", file, "-")
	for _, want := range []string{
		"Porto Verão Alegre", "Homens de Perto", "Sábado, 16 de janeiro de 2027 · 21:00 (portas 19:30)",
		"Theatro São Pedro, Praça Mal. Deodoro, Porto Alegre", "Inteira", "R$ 120,00", "Conceição Gonçalves",
		"PV-4K7Q2", number.ShortShown(), "1 de 3", "Vale a entrada de uma pessoa",
		"Saturday, 16 January 2027 · 21:00 (doors 19:30)", "R$120.00", "Ólafur Þórðarson", "2 of 3", "Admits one person",
	} {
		require.Contains(t, said, want)
	}
	require.Contains(t, tool(t, "pdfinfo", file), "Pages:           2")

	stem := filepath.Join(t.TempDir(), "page")
	tool(t, "pdftoppm", "-r", "150", "-png", file, stem)
	requireBothCodes(t, stem+"-1.png")
	requireBothCodes(t, stem+"-2.png")
}

func TestPNGIsReadByAnotherReader(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, document.PNG(&b, sample()))
	require.Less(t, b.Len(), 200<<10)
	requireBothCodes(t, write(t, "ticket.png", b.Bytes()))
}

func TestSVGIsReadByAnotherReader(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, document.SVG(&b, sample()))
	require.Contains(t, b.String(), ">Conceição Gonçalves</text>")
	icon, err := oksvg.ReadIconStream(&b, oksvg.IgnoreErrorMode)
	require.NoError(t, err)

	const w, h = 1050, 1480
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	icon.SetTarget(0, 0, w, h)
	icon.Draw(rasterx.NewDasher(w, h, rasterx.NewScannerGV(w, h, img, img.Bounds())), 1)
	require.Equal(t, color.RGBA{255, 255, 255, 255}, img.At(1, 1))
	var drawn bytes.Buffer
	require.NoError(t, png.Encode(&drawn, img))
	requireBothCodes(t, write(t, "ticket.png", drawn.Bytes()))
}

func TestSVGInARealBrowser(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, document.SVG(&b, sample()))
	dir := t.TempDir()
	page, shot := filepath.Join(dir, "ticket.svg"), filepath.Join(dir, "shot.png")
	require.NoError(t, os.WriteFile(page, b.Bytes(), 0o600))
	tool(t, browsertest.Program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars",
		"--user-data-dir="+dir, "--force-device-scale-factor=2", "--window-size=397,560", "--screenshot="+shot, "file://"+page)
	requireBothCodes(t, shot)
}

func TestTheSameTicketGivesTheSameBytes(t *testing.T) {
	for name, draw := range map[string]func(*bytes.Buffer) error{
		"pdf": func(b *bytes.Buffer) error { return document.PDF(b, made, sample(), sample()) },
		"svg": func(b *bytes.Buffer) error { return document.SVG(b, sample()) },
		"png": func(b *bytes.Buffer) error { return document.PNG(b, sample()) },
	} {
		var first, again bytes.Buffer
		require.NoError(t, draw(&first))
		require.NoError(t, draw(&again))
		require.True(t, bytes.Equal(first.Bytes(), again.Bytes()), "%s differs between two runs", name)
	}
}

func TestASignedCodeIsThirtySevenModules(t *testing.T) {
	s, err := document.QR(signed)
	require.NoError(t, err)
	require.Equal(t, 37+2*4, s.Width)
	short, err := document.QR(number.Short())
	require.NoError(t, err)
	require.Equal(t, 21+2*4, short.Width)
	for i := range s.Width {
		for edge := range 4 {
			require.False(t, s.Dark(i, edge) || s.Dark(edge, i), "the quiet zone is light")
		}
	}
}

func TestAShortCodeInTheQRIsReadToo(t *testing.T) {
	tk := sample()
	tk.Code = tk.ID.Short()
	var b bytes.Buffer
	require.NoError(t, document.PNG(&b, tk))
	require.Contains(t, tool(t, "zbarimg", "--quiet", write(t, "short.png", b.Bytes())), "QR-Code:"+number.Short()+"\n")
}

func TestHostileFieldsAreDrawnAsText(t *testing.T) {
	tk := sample()
	tk.Event = strings.Repeat("Longuíssima apresentação ", 400)
	tk.Holder = "</text><script>alert(1)</script>\x00\n" + string([]byte{0xff, 0xfe})
	tk.Venue, tk.Offer = strings.Repeat("W", 5000), "Я & 漢字 🎫"
	var svg, pic bytes.Buffer
	require.NoError(t, document.SVG(&svg, tk))
	require.NotContains(t, svg.String(), "<script")
	require.NoError(t, document.PNG(&pic, tk))
	requireBothCodes(t, write(t, "hostile.png", pic.Bytes()))
	file := write(t, "hostile.pdf", pdf(t, tk))
	require.Contains(t, tool(t, "pdftotext", file, "-"), "<script>alert(1)</script>")
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	broken := func(change func(*document.Ticket)) document.Ticket {
		tk := sample()
		change(&tk)
		return tk
	}
	for name, row := range map[string]struct {
		ticket document.Ticket
		says   string
	}{
		"no code":       {broken(func(x *document.Ticket) { x.Code = "" }), "needs its code"},
		"no id":         {broken(func(x *document.Ticket) { x.ID = 0 }), "needs its id"},
		"no start":      {broken(func(x *document.Ticket) { x.Starts = time.Time{} }), "needs its start"},
		"a QR of 10 kB": {broken(func(x *document.Ticket) { x.Code = strings.Repeat("A", 10<<10) }), "10240 characters is too long"},
	} {
		var b bytes.Buffer
		require.ErrorContains(t, document.PDF(&b, made, row.ticket), row.says, name)
		require.ErrorContains(t, document.SVG(&b, row.ticket), row.says, name)
		require.ErrorContains(t, document.PNG(&b, row.ticket), row.says, name)
		require.Zero(t, b.Len(), name)
	}
	require.ErrorContains(t, document.PDF(&bytes.Buffer{}, made), "print 0 tickets")
	require.ErrorContains(t, document.PDF(&bytes.Buffer{}, made, make([]document.Ticket, 501)...), "print 501 tickets")
}
