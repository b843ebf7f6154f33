package imports

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/web/desk"
	"portaria/edge/whitelist"
)

func issuerForm(v *desk.Visit) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "imports.name", Hint: "imports.name_hint", Needed: true, Max: 64},
		desk.Field{Name: "kind", Label: "imports.kind", Hint: "imports.kind_hint", Value: "0", Needed: true, Mode: "numeric", Max: 4},
		desk.Field{Name: "upper", Label: "imports.upper", Type: "checkbox"},
		desk.Field{Name: "drop_zeros", Label: "imports.drop_zeros", Type: "checkbox"},
		desk.Field{Name: "keep_spaces", Label: "imports.keep_spaces", Type: "checkbox"},
		desk.Field{Name: "keys", Label: "imports.keys", Hint: "imports.keys_hint", Type: "textarea", Max: 2000},
	)
}

// addIssuer lets another seller in.
func (s *section) addIssuer(v *desk.Visit) error {
	e, scope, err := s.event(v)
	if err != nil {
		return err
	}
	f := issuerForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	if f.Good() {
		issuer, err := issuerOf(f)
		if err == nil {
			err = s.Foreign.AddIssuer(v.Ctx(), scope, issuer)
		}
		if err == nil {
			if err := v.Note(v.Ctx(), "issuer.added", e.ID.String(), issuer.Name); err != nil {
				return err
			}
			return v.Go("/desk/imports/"+e.ID.String(), desk.Flash{Text: v.Text("imports.issuer_added", "Name", issuer.Name)})
		}
		if err := f.Blame(err); err != nil {
			return err
		}
	}
	return s.showEvent(v, http.StatusUnprocessableEntity, e, scope, nil, f)
}

func issuerOf(f *desk.Form) (whitelist.Issuer, error) {
	kind, err := strconv.ParseUint(f.Value("kind"), 10, 12)
	if err != nil {
		return whitelist.Issuer{}, fault.On("kind", "Choose the number of one of the event's offers.")
	}
	i := whitelist.Issuer{Name: f.Value("name"), Kind: uint16(kind), Normalise: whitelist.Normalise{
		Upper: f.Value("upper") == "on", DropZeros: f.Value("drop_zeros") == "on", KeepSpaces: f.Value("keep_spaces") == "on",
	}}
	for _, line := range strings.Fields(f.Value("keys")) {
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return i, fault.On("keys", "Give one Ed25519 public key a line, in base64: 44 characters each.")
		}
		i.Pretix = append(i.Pretix, key)
	}
	return i, nil
}

func settleHref(base, issuer string) string {
	return base + "/settlement.csv?" + url.Values{"issuer": {issuer}}.Encode()
}
