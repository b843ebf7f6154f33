package whitelist

// Secrets of one event's list, or of a venue's people. They reach a gate only after mutual TLS (loopback in development).
//
// The list secret can be changed, as when a gate was stolen: from the epoch Since on, the list's keys are made under List.
// A gate that still holds an older list needs Before, until it has fetched the new one. Refs are made under Ref, which
// never changes: what was used stays used.
type Secrets struct {
	List   [32]byte `json:"list"`
	Ref    [32]byte `json:"ref"`
	Before [32]byte `json:"before,omitzero"`  // the list secret before List; zero = not to be had
	Since  uint64   `json:"since,omitempty"`  // the first epoch under List
	Newest uint64   `json:"newest,omitempty"` // the newest epoch of the list when this was said: a later one may be under another secret
}

// For is the list secret of a list, or a venue manifest, of this epoch; zero when it is not known.
func (s Secrets) For(epoch uint64) [32]byte {
	if epoch >= s.Since {
		return s.List
	}
	return s.Before
}

// Same says whether both open the same lists.
func (s Secrets) Same(t Secrets) bool {
	return s.List == t.List && s.Ref == t.Ref && s.Since == t.Since
}

// Changed is a list's secrets after List was changed to fresh: lists from the epoch since on are under it.
func (s Secrets) Changed(fresh [32]byte, since uint64) Secrets {
	return Secrets{List: fresh, Ref: s.Ref, Before: s.List, Since: since}
}
