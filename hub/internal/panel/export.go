package panel

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"portaria/edge/wire"
)

// exportCounts is people by door and five minutes.
func (p *panel) exportCounts(c *gin.Context) {
	v := p.House.Look(p.today())
	names := map[string]string{}
	for _, d := range v.Doors {
		names[d.ID] = d.Name
	}
	out := sheet(c, "counts.csv")
	put(out.Write, "from", "door", "in", "out", "refused")
	for _, s := range v.Slots {
		name := s.Door
		if names[s.Door] != "" {
			name = names[s.Door]
		}
		put(out.Write, time.Unix(s.From, 0).In(v.Zone).Format(time.RFC3339), name, strconv.Itoa(s.Count.In), strconv.Itoa(s.Count.Out), strconv.Itoa(s.Count.Refused))
	}
	out.Flush()
}

// exportEvents is every record since the day began. It names no ticket's code: the journal has none of good tickets.
func (p *panel) exportEvents(c *gin.Context) {
	since := p.today()
	zone := p.House.Look(since).Zone
	out := sheet(c, "records.csv")
	put(out.Write, "at", "gate", "run", "seq", "lane", "door", "type", "kind", "reason", "scan", "ref", "controller", "mode", "text")
	err := p.House.Events(since, func(e wire.Event) {
		kind := ""
		if e.Record != nil {
			kind = string(e.Record.Kind)
		}
		put(out.Write, time.UnixMilli(e.At).In(zone).Format("2006-01-02T15:04:05.000-07:00"), e.Gate, e.Run.String(), strconv.FormatUint(e.Seq, 10),
			strconv.Itoa(e.Lane), e.Checkpoint, string(e.Type), kind, string(e.Reason), e.Scan.String(), e.Ref.String(), e.Controller, e.Mode, e.Text)
	})
	if err != nil {
		p.Log.Error("the records were not exported whole", "why", err)
		put(out.Write, "this export is not whole: see the hub's log")
	}
	out.Flush()
}

func sheet(c *gin.Context, name string) *csv.Writer {
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	return csv.NewWriter(c.Writer)
}

// put writes cells that no spreadsheet takes for a formula. Who hung up can't be told.
func put(write func([]string) error, cells ...string) {
	for i, cell := range cells {
		trimmed := []rune(strings.TrimLeft(cell, " \u00a0"))
		if len(trimmed) > 0 && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", trimmed[0]) {
			cells[i] = "'" + cell
		}
	}
	_ = write(cells)
}
