package desk

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/locale"
)

const (
	sessionCookie  = "desk"
	deviceCookie   = "device"
	flashCookie    = "flash"
	languageCookie = "lang" // the shop's too
)

// cookie is the name of a cookie: over HTTPS with a prefix by which browsers keep other hosts from setting it.
func (d *Desk) cookie(name string) string {
	if d.Secure {
		return "__Host-" + name
	}
	return name
}

func (v *Visit) put(name, value string, life time.Duration) {
	http.SetCookie(v.Writer, &http.Cookie{
		Name: v.desk.cookie(name), Value: value, Path: "/", MaxAge: int(life.Seconds()), HttpOnly: true,
		Secure: v.desk.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// Enter gives the browser the cookies of a session that was opened.
func (v *Visit) Enter(o person.Opened) {
	v.put(sessionCookie, o.Token, time.Until(o.Expires))
	if o.Device != "" {
		v.put(deviceCookie, o.Device, 365*24*time.Hour)
	}
}

// Leave takes the session's cookie away; the browser stays known.
func (v *Visit) Leave() { v.put(sessionCookie, "", -time.Second) }

// Flash is a message that the next page shows once.
type Flash struct {
	Text string
	Undo *Undo // nil = it cannot be undone
}

// Undo is the form behind the message's undo button: a route of ours that does the opposite.
type Undo struct {
	Action string
	Values url.Values
}

func (v *Visit) keepFlash(f Flash) {
	if f.Text == "" {
		return
	}
	raw, err := json.Marshal(f)
	if err == nil && len(raw) < 2500 {
		v.put(flashCookie, base64.RawURLEncoding.EncodeToString(raw), time.Minute)
	}
}

// takeFlash reads the message, and lets it be shown once.
func (v *Visit) takeFlash() *Flash {
	kept, err := v.Cookie(v.desk.cookie(flashCookie))
	if err != nil || kept == "" {
		return nil
	}
	v.put(flashCookie, "", -time.Second)
	raw, err := base64.RawURLEncoding.DecodeString(kept)
	var f Flash
	if err != nil || json.Unmarshal(raw, &f) != nil || f.Undo != nil && Inside(f.Undo.Action) != f.Undo.Action {
		return nil
	}
	return &f
}

// speak chooses the language: the link's, the one chosen before, the person's, the browser's.
func (v *Visit) speak() locale.Locale {
	asked := v.Query("lang")
	kept, _ := v.Cookie(languageCookie) // none is no wish
	if slices.Contains(locale.Supported, asked) && asked != kept {
		http.SetCookie(v.Writer, &http.Cookie{Name: languageCookie, Value: asked, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: v.desk.Secure, SameSite: http.SameSiteLaxMode})
	}
	return locale.Match(asked, kept, v.Person.Language, v.GetHeader("Accept-Language"))
}
