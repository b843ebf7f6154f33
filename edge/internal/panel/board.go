package panel

import (
	"html/template"
	"maps"
	"net/http"
	"slices"

	_ "embed"

	"github.com/gin-gonic/gin"

	"portaria/edge/internal/output"
)

//go:embed board.html
var boardText string

var boardPage = template.Must(template.New("board").Parse(boardText))

// Board is a simulated board: its lines can be seen, its contacts played.
type Board interface {
	// Passage plays one person who goes through the way that was unlocked last.
	Passage(lane int) error
	// Contact sets a contact of a lane; active is its event.
	Contact(lane int, line string, active bool) error
	// Touch plays a contact for a moment.
	Touch(lane int, line string) error
	// Lanes names each simulated lane's outputs and contacts, with which of them are on.
	Lanes() map[int]output.Lines
}

func (p *panel) board(r gin.IRouter) {
	at := r.Group("/board", p.acting)
	at.GET("", p.boardPage)
	at.GET("/lines", func(c *gin.Context) { c.JSON(http.StatusOK, p.Board.Lanes()) })
	at.POST("/lane/:lane/passage", p.play(func(lane int, _ *gin.Context) error { return p.Board.Passage(lane) }))
	at.POST("/lane/:lane/touch/:line", p.play(func(lane int, c *gin.Context) error { return p.Board.Touch(lane, c.Param("line")) }))
	at.POST("/lane/:lane/on/:line", p.play(func(lane int, c *gin.Context) error { return p.Board.Contact(lane, c.Param("line"), true) }))
	at.POST("/lane/:lane/off/:line", p.play(func(lane int, c *gin.Context) error { return p.Board.Contact(lane, c.Param("line"), false) }))
}

// boardLane is a lane as the page draws it.
type boardLane struct {
	Number             int
	Title              string
	Outputs, Contacts  []string
	PassageA, PassageB bool
}

func (p *panel) boardPage(c *gin.Context) {
	var lanes []boardLane
	all := p.Board.Lanes()
	for _, number := range slices.Sorted(maps.Keys(all)) {
		lines := all[number]
		lane := boardLane{Number: number, Title: lines.Title, Outputs: slices.Sorted(maps.Keys(lines.Outputs))}
		for _, line := range slices.Sorted(maps.Keys(lines.Contacts)) {
			switch line {
			case "passage_a":
				lane.PassageA = true
			case "passage_b":
				lane.PassageB = true
			default:
				lane.Contacts = append(lane.Contacts, line)
			}
		}
		lanes = append(lanes, lane)
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	if err := boardPage.Execute(c.Writer, lanes); err != nil {
		p.Log.Debug("a page was not sent", "why", err)
	}
}

func (p *panel) play(do func(lane int, c *gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := do(p.number(c), c); err != nil {
			c.String(http.StatusNotFound, "%s\n", err)
			return
		}
		c.Status(http.StatusNoContent)
	}
}
