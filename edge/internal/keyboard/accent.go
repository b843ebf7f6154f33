package keyboard

import "strings"

// accents are what dead keys carry: the combining mark that stands in a layout, the accent alone, the letters it goes
// with, and what becomes of them.
var accents = map[rune]struct{ alone, letters, become string }{
	'\u0300': {"`", "aeiouAEIOU", "àèìòùÀÈÌÒÙ"},
	'\u0301': {"´", "aeiouyAEIOUYcC", "áéíóúýÁÉÍÓÚÝćĆ"},
	'\u0302': {"^", "aeiouAEIOU", "âêîôûÂÊÎÔÛ"},
	'\u0303': {"~", "anoANO", "ãñõÃÑÕ"},
	'\u0308': {"¨", "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"},
}

// accented joins what was typed with an accent that waits for it, or keeps an accent waiting. Nothing typed lets the
// accent stand alone.
func (d *Decoder) accented(typed string) string {
	waiting := accents[d.dead]
	mark := []rune(typed + "\x00")[0]
	_, dead := accents[mark]
	switch {
	case dead && d.dead == 0:
		d.dead = mark
		return ""
	case d.dead == 0:
		return typed
	}
	d.dead = 0
	switch {
	case dead:
		return waiting.alone + accents[mark].alone
	case typed == " ":
		return waiting.alone
	}
	if at := strings.IndexRune(waiting.letters, mark); at >= 0 && typed != "" {
		return string([]rune(waiting.become)[at])
	}
	return waiting.alone + typed
}
