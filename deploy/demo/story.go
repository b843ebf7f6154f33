package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// story tells the visitor what happens, a line each. It may be told from several goroutines.
type story struct {
	mu      sync.Mutex
	out     io.Writer
	colour  bool
	started time.Time
}

func newStory(out *os.File) *story {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &story{out: out, colour: terminal && os.Getenv("NO_COLOR") == "", started: time.Now()}
}

// Styles of a line, as ANSI codes.
const (
	plain = ""
	bold  = "1"
	green = "32"
	red   = "31"
	faint = "2"
)

// chapter begins a part of the evening.
func (s *story) chapter(title string) { s.line(bold, "\n"+title) }

// say tells one thing that happened.
func (s *story) say(format string, args ...any) { s.told(plain, format, args...) }

// warn tells one thing that should not have happened.
func (s *story) warn(format string, args ...any) { s.told(red, format, args...) }

func (s *story) told(style, format string, args ...any) {
	clock := fmt.Sprintf("%5.1fs  ", time.Since(s.started).Seconds())
	s.line(style, s.paint(faint, clock)+fmt.Sprintf(format, args...))
}

// people tells of a crowd in one line, so many of each.
func (s *story) people(title string, counts []count) {
	var parts []string
	for _, c := range counts {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	s.say("%s: %s", title, strings.Join(parts, ", "))
}

type count struct {
	what string
	n    int
}

func (s *story) line(style, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, s.paint(style, text))
}

func (s *story) paint(style, text string) string {
	if !s.colour || style == plain {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}
