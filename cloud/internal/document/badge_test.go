package document_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/cloud/internal/document"
)

func badge(n int) document.Badge {
	return document.Badge{Organizer: "Porto Verão Alegre", Venue: "Theatro São Pedro", Name: fmt.Sprintf("Conceição Gonçalves %d", n), Role: "Porteiro",
		Number: "nº 7", Code: signed, ID: number}
}

func TestBadgesAreReadByAnotherReader(t *testing.T) {
	for on, pages := range map[document.Paper]int{document.Cards: 11, document.Sheet: 2} {
		badges := make([]document.Badge, 11)
		for i := range badges {
			badges[i] = badge(i)
		}
		var b bytes.Buffer
		require.NoError(t, document.Badges(&b, made, on, badges...))
		file := write(t, "badges.pdf", b.Bytes())
		assert.Contains(t, tool(t, "pdfinfo", file), fmt.Sprintf("Pages:           %d", pages), on)
		assert.Contains(t, tool(t, "pdftotext", "-layout", file, "-"), "Porteiro")
		tool(t, "pdftoppm", "-r", "300", "-png", "-f", "1", "-l", "1", file, strings.TrimSuffix(file, ".pdf"))
		picture := strings.TrimSuffix(file, ".pdf") + "-1.png"
		if pages > 9 {
			picture = strings.TrimSuffix(file, ".pdf") + "-01.png"
		}
		read := tool(t, "zbarimg", "--quiet", "-Sdisable", "-Sqrcode.enable", picture)
		want := map[document.Paper]int{document.Cards: 1, document.Sheet: 10}[on]
		assert.Equal(t, want, strings.Count(read, "QR-Code:"+signed), "%s: every badge of the page is read", on)
	}
}

func TestABadgeWithoutCodeIsNotPrinted(t *testing.T) {
	var b bytes.Buffer
	bad := badge(1)
	bad.Code = ""
	require.Error(t, document.Badges(&b, made, document.Cards, bad))
	require.Error(t, document.Badges(&b, made, document.Sheet))
	hostile := badge(2)
	hostile.Name = strings.Repeat("W", 5000) + "\x00\u202e"
	require.NoError(t, document.Badges(&b, made, document.Cards, hostile))
}
