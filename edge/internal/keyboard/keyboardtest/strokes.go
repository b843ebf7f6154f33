// Package keyboardtest presses keys as a scanner would, for tests.
package keyboardtest

import (
	"fmt"
	"strings"

	"portaria/edge/internal/keyboard"
)

// chords are the modifiers that a scanner holds: none, Shift, AltGr.
var chords = [][]uint16{nil, {42}, {100}}

// Type returns the keys that a scanner set to a layout presses for a text: "\r" is Enter, "\t" is Tab. It finds them
// by asking the decoder, so it proves that a layout has a character, not that it has it in the right place.
func Type(layout, text string) ([]keyboard.Event, error) {
	var all []keyboard.Event
	known := map[rune][]keyboard.Event{}
	for _, r := range text {
		if known[r] == nil {
			known[r] = strokes(layout, string(r))
		}
		if known[r] == nil {
			return nil, fmt.Errorf("layout %s has no %q", layout, r)
		}
		all = append(all, known[r]...)
	}
	return all, nil
}

func strokes(layout, want string) []keyboard.Event {
	for _, chord := range chords {
		for code := uint16(1); code < 128; code++ {
			events := press(chord, code)
			if said(layout, events) == want {
				return events
			}
			accent := append(events, press(nil, 57)...) // a dead key stands alone when a space follows
			if strings.TrimSpace(want) != "" && said(layout, events) == "" && said(layout, accent) == want {
				return accent
			}
		}
	}
	return nil
}

func press(chord []uint16, code uint16) []keyboard.Event {
	var events []keyboard.Event
	for _, held := range chord {
		events = append(events, keyboard.Event{Type: keyboard.Pressed, Code: held, Value: keyboard.Down})
	}
	events = append(events, keyboard.Event{Type: keyboard.Pressed, Code: code, Value: keyboard.Down},
		keyboard.Event{Type: keyboard.Sync}, keyboard.Event{Type: keyboard.Pressed, Code: code, Value: keyboard.Up})
	for _, held := range chord {
		events = append(events, keyboard.Event{Type: keyboard.Pressed, Code: held, Value: keyboard.Up})
	}
	return append(events, keyboard.Event{Type: keyboard.Sync})
}

func said(layout string, events []keyboard.Event) string {
	decoder, err := keyboard.New(layout)
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, e := range events {
		if e.Type == keyboard.Pressed {
			text.WriteString(decoder.Key(e.Code, e.Value))
		}
	}
	return text.String()
}
