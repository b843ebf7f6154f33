package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
)

// Field is one input of a form. Templates draw it with {{template "field" (.Form.Field "email")}}.
type Field struct {
	Name     string
	Label    string   // id of its text
	Hint     string   // id of a line under it; empty = none
	Type     string   // text, email, password, number, date, time, datetime-local, select, textarea, checkbox, hidden; empty = text
	Value    string   // before anything is typed
	Options  []Option // of a select; of a text, what is suggested while one types
	Needed   bool
	Max      int    // characters; 0 = 200
	Complete string // autocomplete token of HTML
	Mode     string // inputmode of HTML
	Focus    bool

	Fault string // set by Blame, in the reader's language
	l     locale.Locale
}

// Option is a choice of a select.
type Option struct {
	Value, Text string
}

// Find gives the field's template its texts.
func (f Field) Find(id string, pairs ...any) (string, error) { return f.l.Find(id, pairs...) }

// Secret says whether what was typed must not be shown again.
func (f Field) Secret() bool { return f.Type == "password" }

// Checked says whether a checkbox is ticked.
func (f Field) Checked() bool { return f.Value == "on" }

// Form is inputs with what was typed, good or bad, and what to mend.
type Form struct {
	Fields []Field
	Faults []FieldFault
	l      locale.Locale
}

// FieldFault says what to mend; Field is empty when no single field is to blame.
type FieldFault struct{ Field, Text string }

// Form makes a form of fields as they are at first.
func (v *Visit) Form(fields ...Field) *Form {
	f := &Form{Fields: fields, l: v.L}
	for i := range f.Fields {
		x := &f.Fields[i]
		x.l = v.L
		if x.Type == "" {
			x.Type = "text"
		}
		if x.Max == 0 {
			x.Max = 200
		}
	}
	return f
}

// Read takes what was typed into the form. Fields that the form does not have are passed over.
func (v *Visit) Read(f *Form) error {
	var err error
	if strings.HasPrefix(v.ContentType(), "multipart/") {
		err = v.Request.ParseMultipartForm(1 << 20)
	} else {
		err = v.Request.ParseForm()
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	if err != nil {
		return errBadForm
	}
	f.take(v.Request.PostForm)
	return nil
}

func (f *Form) take(typed url.Values) {
	for i := range f.Fields {
		x := &f.Fields[i]
		x.Value = typed.Get(x.Name)
		if !x.Secret() && x.Type != "textarea" {
			x.Value = strings.TrimSpace(x.Value)
		}
		if x.Needed && x.Value == "" {
			f.put(x.Name, f.l.Text("desk.form.needed"))
		}
	}
}

// Value is what was typed into a field.
func (f *Form) Value(name string) string { return f.Field(name).Value }

// Field is one by name. It panics on a name that isn't there, as forms are part of the program.
func (f *Form) Field(name string) Field {
	for _, x := range f.Fields {
		if x.Name == name {
			return x
		}
	}
	panic("no field " + name + " in this form")
}

// Good says whether nothing is to mend.
func (f *Form) Good() bool { return len(f.Faults) == 0 }

// Fault blames a field with a text by its id.
func (f *Form) Fault(field, id string, pairs ...any) { f.put(field, f.l.Text(id, pairs...)) }

func (f *Form) put(field, text string) {
	known := false
	for i := range f.Fields {
		if f.Fields[i].Name == field {
			known = true
			if f.Fields[i].Fault == "" {
				f.Fields[i].Fault = text
			}
		}
	}
	if !known {
		field = ""
	}
	f.Faults = append(f.Faults, FieldFault{field, text})
}

// Blame takes a domain's refusal into the form: each fault beside its field, or above the form. It returns what is no
// refusal, which a handler returns in turn.
func (f *Form) Blame(err error) error {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		for _, one := range many.Unwrap() {
			if rest := f.Blame(one); rest != nil {
				return rest
			}
		}
		return nil
	}
	var no *fault.Fault
	if !errors.As(err, &no) {
		return err
	}
	f.put(no.Field, Sentence(f.l, no))
	return nil
}
