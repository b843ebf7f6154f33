package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"portaria/cloud/internal/locale"
)

const languageCookie = "lang"

// speak chooses the language of an answer: the link's, the one chosen before, the browser's. A choice is kept.
func (s *shop) speak(c *gin.Context) locale.Locale {
	asked := c.Query("lang")
	kept, _ := c.Cookie(languageCookie) // none is no wish
	l := locale.Match(asked, kept, c.GetHeader("Accept-Language"))
	if slices.Contains(locale.Supported, asked) && asked != kept {
		http.SetCookie(c.Writer, &http.Cookie{Name: languageCookie, Value: asked, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode})
	}
	return l
}

// tongue is a link to this page in another language.
type tongue struct {
	Tag, Name, Href string
	Chosen          bool
}

// tongues keep the rest of the address. A page that answers a form is reached again by its own address.
func tongues(c *gin.Context, chosen locale.Locale) []tongue {
	out := make([]tongue, 0, len(locale.Supported))
	for _, tag := range locale.Supported {
		query := url.Values{"lang": {tag}}
		if after := c.Query("after"); after != "" {
			query.Set("after", after)
		}
		href := (&url.URL{Path: c.Request.URL.Path, RawQuery: query.Encode()}).String()
		out = append(out, tongue{Tag: tag, Name: locale.Name(tag), Href: href, Chosen: tag == chosen.Tag()})
	}
	return out
}
