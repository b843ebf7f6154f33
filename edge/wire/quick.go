package wire

import (
	"bytes"
	"encoding"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"portaria/edge/admit"
	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// Records are most of what hubs and clouds read after an outage. Those spelt as Encode and json.Marshal spell them are
// read here, about ten times as fast as encoding/json reads them; at whatever looks otherwise (a space, another order of
// fields, an escape, an unknown field, a fault) this gives up, and encoding/json reads the message from its beginning. So
// nothing is taken here that encoding/json would refuse or read in another way, which FuzzQuick holds it to.

// DecodeEvents reads a JSON array of records, as they are stored.
func DecodeEvents(raw []byte) ([]Event, error) {
	q := quick{raw: raw}
	if events := q.events(); !q.bad && q.at == len(raw) {
		return events, nil
	}
	var events []Event
	return events, json.Unmarshal(raw, &events)
}

// DecodeEvent reads one record, as it is stored.
func DecodeEvent(raw []byte) (e Event, err error) {
	q := quick{raw: raw, left: 1}
	if q.event(&e); !q.bad && q.at == len(raw) {
		return e, nil
	}
	e = Event{}
	return e, json.Unmarshal(raw, &e)
}

// quickly reads a message into m, or says that it could not.
func (m *Events) quickly(raw []byte) bool {
	q := quick{raw: raw}
	var got Events
	q.must(`{"v":`)
	got.V = int(q.integer(strconv.IntSize))
	q.must(`,"number":`)
	got.Number = q.unsigned(64)
	q.must(`,"gate":`)
	got.Gate = q.word()
	q.must(`,"run":`)
	got.Run = q.run()
	q.must(`,"events":`)
	got.Events = q.events()
	q.must(`}`)
	if q.bad || q.at != len(raw) {
		return false
	}
	*m = got
	return true
}

// quick reads JSON in one spelling. After a fault it is bad, and what it gives is worth nothing.
type quick struct {
	raw []byte
	at  int
	bad bool

	left    int // records to come, at most
	records []admit.Record
	terms   []admit.Terms
	words   [16]string // seen lately: most records have the same
	oldest  int

	runText, eventText []byte // of the last ones
	runID              Run
	eventID            ticket.EventID
}

var beginning = []byte(`{"gate":`)

func (q *quick) events() []Event {
	q.left = min(bytes.Count(q.raw, beginning), MaxBatch)
	out := make([]Event, 0, q.left)
	q.must(`[`)
	for more := true; more && !q.bad; more = q.has(`,`) {
		if len(out) == cap(out) {
			q.bad = true
			return nil
		}
		out = out[:len(out)+1]
		q.event(&out[len(out)-1])
		q.left--
	}
	q.must(`]`)
	return out
}

func (q *quick) event(e *Event) {
	q.must(`{"gate":`)
	e.Gate = q.word()
	q.must(`,"run":`)
	e.Run = q.run()
	q.must(`,"seq":`)
	e.Seq = q.unsigned(64)
	q.must(`,"type":`)
	e.Type = EventType(q.word())
	q.ids(e)
	if q.has(`,"kind":`) {
		e.Kind = uint16(q.unsigned(16)) //nolint:gosec // 16 bits
	}
	if q.has(`,"record":`) {
		e.Record = q.record()
	}
	if q.has(`,"terms":`) {
		e.Terms = q.termsOf()
	}
	if q.has(`,"reason":`) {
		e.Reason = admit.Reason(q.word())
	}
	if q.has(`,"flags":`) {
		e.Flags = whitelist.Flags(q.unsigned(16)) //nolint:gosec // 16 bits
	}
	q.times(e)
	q.place(e)
	if q.has(`,"text":`) {
		e.Text = string(q.text())
	}
	if q.has(`,"override":`) {
		q.must(`{"supervisor":`)
		e.Override = &Override{Supervisor: q.word()}
		q.must(`,"reason":`)
		e.Override.Reason = string(q.text())
		q.must(`}`)
	}
	q.must(`}`)
}

func (q *quick) ids(e *Event) {
	if q.has(`,"scan":`) {
		q.id(&e.Scan)
	}
	if q.has(`,"ref":`) {
		q.id(&e.Ref)
	}
	if q.has(`,"event":`) {
		if text := q.text(); q.eventText == nil || !bytes.Equal(text, q.eventText) {
			q.eventText = text
			q.bad = q.bad || q.eventID.UnmarshalText(text) != nil
		}
		e.Event = q.eventID
	}
}

// run is most often that of the record before.
func (q *quick) run() Run {
	if text := q.text(); q.runText == nil || !bytes.Equal(text, q.runText) {
		q.runText = text
		q.bad = q.bad || q.runID.UnmarshalText(text) != nil
	}
	return q.runID
}

func (q *quick) times(e *Event) {
	q.must(`,"at":`)
	e.At = q.integer(64)
	q.must(`,"mono":`)
	e.Mono = q.integer(64)
	q.must(`,"clock":`)
	e.Clock = admit.Clock(q.word())
	if q.has(`,"offset":`) {
		e.Offset = q.integer(64)
	}
}

func (q *quick) place(e *Event) {
	if q.has(`,"lane":`) {
		e.Lane = int(q.integer(strconv.IntSize))
	}
	if q.has(`,"checkpoint":`) {
		e.Checkpoint = q.word()
	}
	if q.has(`,"mode":`) {
		e.Mode = q.word()
	}
	if q.has(`,"controller":`) {
		e.Controller = q.word()
	}
	if q.has(`,"counter":`) {
		n := q.integer(64)
		e.Counter = &n
	}
}

func (q *quick) record() *admit.Record {
	if len(q.records) == 0 {
		q.records = make([]admit.Record, q.left)
	}
	r := &q.records[0]
	q.records = q.records[1:]
	q.must(`{"scan":`)
	q.id(&r.Scan)
	q.must(`,"kind":`)
	r.Kind = admit.RecordKind(q.word())
	q.must(`,"at":`)
	r.At = q.integer(64)
	q.must(`,"gate":`)
	r.Gate = q.word()
	q.must(`,"lane":`)
	r.Lane = int(q.integer(strconv.IntSize))
	q.way(r)
	q.links(r)
	r.Override = q.has(`,"override":`) && q.truth()
	r.Offline = q.has(`,"offline":`) && q.truth()
	q.must(`}`)
	return r
}

func (q *quick) way(r *admit.Record) {
	if q.has(`,"checkpoint":`) {
		r.Checkpoint = q.word()
	}
	if q.has(`,"from":`) {
		r.From = q.word()
	}
	if q.has(`,"zone":`) {
		r.Zone = q.word()
	}
	if q.has(`,"day":`) {
		r.Day = q.integer(64)
	}
}

func (q *quick) links(r *admit.Record) {
	if q.has(`,"follows":`) {
		q.id(&r.Follows)
	}
	if q.has(`,"closes":`) {
		q.id(&r.Closes)
	}
	if q.has(`,"resumes":`) {
		q.id(&r.Resumes)
	}
}

func (q *quick) termsOf() *admit.Terms {
	if len(q.terms) == 0 {
		q.terms = make([]admit.Terms, q.left)
	}
	t := &q.terms[0]
	q.terms = q.terms[1:]
	q.must(`{"use":`)
	t.Use = whitelist.Use(q.word())
	q.must(`,"uses":`)
	t.Uses = int(q.integer(strconv.IntSize))
	if q.has(`,"group":`) {
		t.Group = int(q.integer(strconv.IntSize))
	}
	if q.has(`,"reentry_after":`) {
		t.ReentryAfter = int(q.integer(strconv.IntSize))
	}
	if q.has(`,"inner":`) {
		t.Inner = q.word()
	}
	q.must(`}`)
	return t
}

// has goes past a text, if it comes next.
func (q *quick) has(text string) bool {
	if end := q.at + len(text); end <= len(q.raw) && string(q.raw[q.at:end]) == text {
		q.at = end
		return true
	}
	return false
}

func (q *quick) must(text string) {
	if !q.has(text) {
		q.bad = true
	}
}

// text is a string without escapes, within the message.
func (q *quick) text() []byte {
	q.must(`"`)
	from, plain := q.at, true
	for ; q.at < len(q.raw) && q.raw[q.at] != '"'; q.at++ {
		c := q.raw[q.at]
		if c < ' ' || c == '\\' {
			q.bad = true
			return nil
		}
		plain = plain && c < utf8.RuneSelf
	}
	text := q.raw[from:q.at]
	q.must(`"`)
	if !plain && !utf8.Valid(text) { // encoding/json would mend it
		q.bad = true
	}
	return text
}

// word is a string that other records are likely to have too.
func (q *quick) word() string {
	text := q.text()
	for _, seen := range q.words {
		if string(text) == seen {
			return seen
		}
	}
	word := string(text)
	q.words[q.oldest] = word
	q.oldest = (q.oldest + 1) % len(q.words)
	return word
}

func (q *quick) id(into encoding.TextUnmarshaler) {
	if text := q.text(); q.bad || into.UnmarshalText(text) != nil {
		q.bad = true
	}
}

func (q *quick) truth() bool {
	q.must(`true`)
	return true
}

// digits is a whole number without its sign, in its one spelling.
func (q *quick) digits() []byte {
	from := q.at
	for q.at < len(q.raw) && '0' <= q.raw[q.at] && q.raw[q.at] <= '9' {
		q.at++
	}
	digits := q.raw[from:q.at]
	if len(digits) == 0 || len(digits) > 1 && digits[0] == '0' {
		q.bad = true
	}
	return digits
}

func (q *quick) unsigned(bits int) uint64 {
	n, err := strconv.ParseUint(string(q.digits()), 10, bits)
	q.bad = q.bad || err != nil
	return n
}

func (q *quick) integer(bits int) int64 {
	from := q.at
	q.has(`-`)
	q.digits()
	n, err := strconv.ParseInt(string(q.raw[from:q.at]), 10, bits)
	q.bad = q.bad || err != nil
	return n
}
