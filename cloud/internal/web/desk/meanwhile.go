package desk

import (
	"errors"
	"slices"
	"strconv"

	"portaria/cloud/internal/fault"
)

// Theirs is what another editor has saved meanwhile, where it is not what was typed: {{template "theirs" .Theirs}}.
type Theirs struct {
	Title string
	Lines []TheirLine
}

// TheirLine is one input as it is now.
type TheirLine struct{ Label, Now string }

// Against compares what was typed with a form of what is there now, for the second of two editors: the form keeps what
// was typed, and what the other changed is told beside it.
func (f *Form) Against(now *Form) *Theirs {
	t := &Theirs{Title: f.l.Text("desk.meanwhile")}
	for _, x := range now.Fields {
		if typed := f.Field(x.Name); x.Value != typed.Value && x.Type != "hidden" {
			t.Lines = append(t.Lines, TheirLine{f.l.Text(x.Label), x.shown()})
		}
	}
	return t
}

// shown is the value as a person reads it.
func (f Field) shown() string {
	i := slices.IndexFunc(f.Options, func(o Option) bool { return o.Value == f.Value })
	switch {
	case i >= 0:
		return f.Options[i].Text
	case f.Value == "":
		return "–"
	}
	return f.Value
}

// SetOptions gives a field of the form its choices.
func (f *Form) SetOptions(name string, options []Option) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Options = options
		}
	}
}

// Set puts a value into a field.
func (f *Form) Set(name, value string) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Value = value
		}
	}
}

// Stale says that an edit was refused because somebody else's came first.
func Stale(err error) bool {
	var no *fault.Fault
	return errors.As(err, &no) && no.Code == "changed_meanwhile"
}

// Version is which version of the thing the form was filled in from: its hidden field "version". What is none is -1,
// which no thing has, so that it is told as changed meanwhile and overwrites nothing.
func (f *Form) Version() int {
	n, err := strconv.Atoi(f.Value("version"))
	if err != nil || n < 1 {
		return -1
	}
	return n
}
