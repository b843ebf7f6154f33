package notify

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/locale"
)

//go:embed letter.html
var letterHTML string

var letterTemplate = template.Must(template.New("letter").Parse(letterHTML))

// letter is what a mail says.
type letter struct {
	Language, Subject, Hello, Text, Button, Link, Or, Foot string
}

// Write makes the mail of a letter, in its language, as text and as HTML.
func Write(l person.Letter) (Mail, error) {
	speak := locale.Match(l.Language)
	about := l.About
	if l.Kind == person.LetterChanged {
		about = speak.Text("mail.changed_what." + l.About)
	}
	text := func(id string) (string, error) { return speak.Find("mail."+l.Kind+"."+id, "About", about) }
	out := letter{Language: speak.Tag(), Link: l.Link, Hello: speak.Text("mail.hello_you"), Or: speak.Text("mail.link_only"), Foot: speak.Text("mail.foot")}
	if l.Name != "" {
		out.Hello = speak.Text("mail.hello", "Name", l.Name)
	}
	var err error
	for id, into := range map[string]*string{"subject": &out.Subject, "text": &out.Text, "button": &out.Button} {
		if *into, err = text(id); err != nil {
			return Mail{}, fmt.Errorf("write a %s mail: %w", l.Kind, err)
		}
	}
	var html bytes.Buffer
	if err := letterTemplate.Execute(&html, out); err != nil {
		return Mail{}, fmt.Errorf("write a %s mail: %w", l.Kind, err)
	}
	plain := strings.Join([]string{out.Hello, out.Text, out.Button + ":\n" + out.Link, out.Foot}, "\n\n") + "\n"
	return Mail{To: l.To, Subject: oneLine(out.Subject), Text: plain, HTML: html.String()}, nil
}

// oneLine keeps what people type from starting another header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
