package web

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/document"
	"portaria/cloud/internal/sale"
)

// allTickets is the file with every good ticket of an order.
const allTickets = "tickets.pdf"

func fileName(index int) string { return "ticket-" + strconv.Itoa(index) }

// drawing is a kind of file that one ticket is had as.
type drawing struct {
	contentType string
	draw        func(w io.Writer, b bought, t document.Ticket) error
}

var drawings = map[string]drawing{
	".pdf": {"application/pdf", func(w io.Writer, b bought, t document.Ticket) error { return document.PDF(w, b.made(), t) }},
	".svg": {"image/svg+xml", func(w io.Writer, _ bought, t document.Ticket) error { return document.SVG(w, t) }},
	".png": {"image/png", func(w io.Writer, _ bought, t document.Ticket) error { return document.PNG(w, t) }},
}

// document serves tickets.pdf, and ticket-N.pdf, .svg and .png. Tickets that no longer open a door are not drawn:
// a paper that looks good and isn't brings its holder to the door in vain.
func (s *shop) document(c *gin.Context) {
	b, err := s.open(c.Request.Context(), c.Param("secret"))
	if err != nil {
		s.fail(c, err)
		return
	}
	var body bytes.Buffer
	contentType, err := b.write(&body, c.Param("file"))
	if err != nil {
		s.fail(c, err)
		return
	}
	h := c.Writer.Header()
	h.Set("Content-Disposition", `inline; filename="`+orderNumber(b.order.ID)+"-"+c.Param("file")+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'") // an SVG is a page too
	c.Data(http.StatusOK, contentType, body.Bytes())
}

func (b bought) write(w io.Writer, file string) (contentType string, err error) {
	if file == allTickets {
		return "application/pdf", b.writeAll(w)
	}
	ext := path.Ext(file)
	kind, known := drawings[ext]
	number, found := strings.CutPrefix(strings.TrimSuffix(file, ext), "ticket-")
	n, err := strconv.Atoi(number)
	if !known || !found || err != nil || n < 1 || n > len(b.tickets) || fileName(n)+ext != file || b.tickets[n-1].State != sale.Good {
		return "", errNoPage
	}
	t, err := b.paper(b.tickets[n-1], n)
	if err != nil {
		return "", err
	}
	return kind.contentType, kind.draw(w, b, t)
}

func (b bought) writeAll(w io.Writer) error {
	var papers []document.Ticket
	for i, t := range b.tickets {
		if t.State != sale.Good {
			continue
		}
		p, err := b.paper(t, i+1)
		if err != nil {
			return err
		}
		papers = append(papers, p)
	}
	if len(papers) == 0 {
		return errNoPage
	}
	return document.PDF(w, b.made(), papers...)
}
