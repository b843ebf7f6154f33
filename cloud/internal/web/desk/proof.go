package desk

import (
	"errors"
	"net/http"
	"slices"

	"portaria/cloud/internal/fault"
)

// proofPage asks who acts to prove who they are, and carries what they wanted to do through that question.
type proofPage struct {
	Frame
	Form   *Form
	Action string
	Method string
	Kept   []Kept // the form that was sent
	Codes  bool   // a code of the app is asked for, not the password
	Keys   bool   // passkeys are possible here
}

// Kept is a hidden input.
type Kept struct{ Name, Value string }

const (
	proofField   = "_proof"
	passkeyField = "_passkey"
	handleField  = "_handle"
)

// askProof lets a visit go on if its session was proved just now, or its form carries a proof; else it asks for one.
func (v *Visit) askProof() error {
	if v.Session.FreshAt(v.Now) {
		return nil
	}
	form := v.Form(Field{Name: proofField, Label: "desk.proof.password", Type: "password", Complete: "current-password", Focus: true})
	if v.Person.TOTP != nil {
		form = v.Form(Field{Name: proofField, Label: "desk.proof.code", Complete: "one-time-code", Mode: "numeric", Focus: true})
	}
	if v.Request.Method == http.MethodPost {
		if err := v.Read(form); err != nil {
			return err
		}
	} else if err := v.Request.ParseForm(); err != nil {
		return errBadForm
	}
	err := v.prove(form)
	if err == nil {
		v.Session.ProvedAt = v.Now
		return nil
	}
	if !errors.Is(err, errAnswered) {
		if rest := form.Blame(inField(proofField, err)); rest != nil {
			return rest
		}
	}
	return v.showProof(form)
}

// prove tries what the form carries; errAnswered when it carries nothing.
func (v *Visit) prove(form *Form) error {
	ctx := v.AccountsCtx()
	if answer := v.Request.PostForm.Get(passkeyField); answer != "" {
		return v.desk.People.ProveByPasskey(ctx, v.Session, v.Request.PostForm.Get(handleField), []byte(answer))
	}
	if typed := form.Value(proofField); typed != "" {
		return v.desk.People.Prove(ctx, v.Session, typed, v.Client())
	}
	return errAnswered
}

func (v *Visit) showProof(form *Form) error {
	p := &proofPage{
		Form: form, Action: v.Request.URL.Path, Method: v.Request.Method, Codes: v.Person.TOTP != nil,
		Keys: v.desk.People.Ceremony != nil,
	}
	p.Scripts = []string{"passkey.js"}
	if v.Request.Method == http.MethodGet { // a page is asked for again once proved
		p.Action, p.Method = "/desk/proof", http.MethodPost
		p.Kept = []Kept{{"to", v.Request.URL.RequestURI()}}
	} else {
		p.Kept = kept(v.Request.PostForm)
	}
	v.section = v.desk.own()
	if err := v.ShowAs(http.StatusForbidden, "proof", v.Text("desk.proof.title"), p); err != nil {
		return err
	}
	return errAnswered
}

func kept(form map[string][]string) (out []Kept) {
	for name, values := range form {
		if slices.Contains([]string{proofField, passkeyField, handleField}, name) {
			continue
		}
		for _, value := range values {
			out = append(out, Kept{name, value})
		}
	}
	slices.SortFunc(out, func(a, b Kept) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

// inField puts a refusal beside a field of ours.
func inField(field string, err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		named := *f
		named.Field = field
		return &named
	}
	return err
}
