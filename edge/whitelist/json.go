package whitelist

import (
	"bytes"
	"encoding/json"
	"io"
)

// decodeStrict reads one JSON value of at most limit bytes: an unknown field means that this version would not obey
// all of what was signed, so it is refused.
func decodeStrict(raw []byte, limit int, into any) error {
	if len(raw) > limit {
		return malformed("%d bytes are over %d", len(raw), limit)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return malformed("%v", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return malformed("something follows the JSON value")
	}
	return nil
}
