package catalog

import (
	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

// Terms is what each kind of an event allows, by its offers.
func Terms(offers []Offer) func(kind uint16) admit.Terms {
	of := map[uint16]admit.Terms{}
	for _, o := range offers {
		a := o.Admission
		kind := whitelist.Kind{Use: a.Use, Uses: uint8(a.Uses), ReentryAfter: a.ReentryAfter} //nolint:gosec // checked when it was made
		of[o.Kind] = admit.TermsOf(kind, whitelist.Entry{Group: uint8(a.Group)})              //nolint:gosec // checked when it was made
	}
	return func(kind uint16) admit.Terms { return of[kind] }
}
