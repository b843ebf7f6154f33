package floor

import "portaria/edge/venue"

// outside is what an arbiter knows that is in no store of its own. One that is made after a failed commit must be told again:
// without its manifest it knows no zones, no doors and no time zone, and without the link it sends nothing up.
type outside struct {
	manifest *venue.VenueChanged
	link     *venue.CloudLink
}

func (o *outside) note(input venue.Input) {
	switch in := input.(type) {
	case venue.VenueChanged:
		o.manifest = &in
	case venue.CloudLink:
		o.link = &in
	}
}

// again is what a new arbiter is told first.
func (o *outside) again() (inputs []venue.Input) {
	if o.manifest != nil {
		inputs = append(inputs, *o.manifest)
	}
	if o.link != nil {
		inputs = append(inputs, *o.link)
	}
	return inputs
}
