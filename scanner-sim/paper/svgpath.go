package paper

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxPoints bounds a path: the largest QR code has 31,329 modules, four corners each.
const maxPoints = 200_000

type point struct{ x, y float64 }

// outlinesOf reads the d attribute of a path made of straight lines: M, L, H, V and Z, in both cases.
func outlinesOf(d string) ([][]point, error) {
	p := pathReader{rest: d}
	for {
		p.skip()
		if p.rest == "" {
			return append(p.done, p.current), nil
		}
		command := p.rest[0]
		p.rest = p.rest[1:]
		if err := p.draw(command); err != nil {
			return nil, err
		}
	}
}

// pathReader is where the pen is, what it has drawn, and what is left to read.
type pathReader struct {
	rest    string
	pen     point
	start   point
	current []point
	done    [][]point
	points  int
}

func (p *pathReader) draw(command byte) error {
	if command == 'Z' || command == 'z' {
		p.pen = p.start
		p.close()
		return nil
	}
	takes := map[byte]int{'m': 2, 'l': 2, 'h': 1, 'v': 1}[command|0x20]
	if takes == 0 {
		return fmt.Errorf("an SVG path with the command %q cannot be drawn here: save it as PNG or PDF", command)
	}
	for first := true; first || p.another(); first = false {
		var given [2]float64
		for i := range takes {
			n, err := p.number()
			if err != nil {
				return err
			}
			given[i] = n
		}
		if command|0x20 == 'm' && first {
			p.close()
		}
		if err := p.move(command, given); err != nil {
			return err
		}
		if len(p.current) == 1 {
			p.start = p.pen
		}
	}
	return nil
}

// move takes the pen along; a small letter counts from where it is.
func (p *pathReader) move(command byte, given [2]float64) error {
	relative := command&0x20 != 0
	set := func(axis *float64, n float64) {
		if relative {
			n += *axis
		}
		*axis = n
	}
	switch command | 0x20 {
	case 'h':
		set(&p.pen.x, given[0])
	case 'v':
		set(&p.pen.y, given[0])
	default:
		set(&p.pen.x, given[0])
		set(&p.pen.y, given[1])
	}
	if p.points++; p.points > maxPoints {
		return fmt.Errorf("an SVG path of over %d points cannot be drawn", maxPoints)
	}
	p.current = append(p.current, p.pen)
	return nil
}

func (p *pathReader) close() {
	if len(p.current) > 1 {
		p.done = append(p.done, p.current)
	}
	p.current = nil
}

func (p *pathReader) skip() { p.rest = strings.TrimLeft(p.rest, " ,\t\r\n") }

// another says whether a further number follows, which repeats the command.
func (p *pathReader) another() bool {
	p.skip()
	return p.rest != "" && strings.IndexByte("+-.0123456789", p.rest[0]) >= 0
}

// number reads up to where a number can't go on; "1-2" and "1.5.5" are two each, as SVG has it.
func (p *pathReader) number() (float64, error) {
	p.skip()
	end, dot := 0, false
	for ; end < len(p.rest); end++ {
		char := p.rest[end]
		sign := (char == '+' || char == '-') && end == 0
		point := char == '.' && !dot
		if !sign && !point && (char < '0' || char > '9') {
			break
		}
		dot = dot || point
	}
	n, err := strconv.ParseFloat(p.rest[:end], 64)
	if err != nil || n > 1e9 || n < -1e9 {
		return 0, errors.New("an SVG path with a broken number cannot be drawn")
	}
	p.rest = p.rest[end:]
	return n, nil
}
