package whitelist_test

import (
	"encoding/hex"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// example is one fenced block of the document: its kind, and its lines as name and value. Indented lines continue
// the one above.
type example struct {
	kind string
	of   map[string]string
}

var fence = regexp.MustCompile("(?ms)^```example ([a-z]+)\n(.*?)^```$")

func document(t *testing.T) string {
	raw, err := os.ReadFile("../../docs/list-format.md")
	require.NoError(t, err)
	return string(raw)
}

func examples(t *testing.T) []example {
	var all []example
	for _, block := range fence.FindAllStringSubmatch(document(t), -1) {
		one := example{kind: block[1], of: map[string]string{}}
		last := ""
		for line := range strings.Lines(block[2]) {
			if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
				last = name
				one.of[last] = strings.TrimSpace(value)
				continue
			}
			one.of[last] += strings.TrimSpace(line)
		}
		all = append(all, one)
	}
	return all
}

func (e example) bytes(t *testing.T, name string) []byte {
	raw, err := hex.DecodeString(e.of[name])
	require.NoError(t, err, name)
	require.NotEmpty(t, raw, name)
	return raw
}

func (e example) number(t *testing.T, name string) uint64 {
	n, err := strconv.ParseUint(e.of[name], 10, 64)
	require.NoError(t, err, name)
	return n
}

func TestEveryExampleOfTheDocumentHolds(t *testing.T) {
	checks := map[string]func(*testing.T, example){
		"key": checkKeyExample, "ref": checkRefExample, "entry": checkEntryExample, "bucket": checkBucketExample,
		"index": checkIndexExample, "delegation": checkDelegationExample, "manifest": checkManifestExample,
		"patch": checkPatchExample, "venue": checkVenueExample, "home": checkHomeExample,
	}
	seen := map[string]bool{}
	for _, one := range examples(t) {
		require.Contains(t, checks, one.kind)
		t.Run(one.kind, func(t *testing.T) { checks[one.kind](t, one) })
		seen[one.kind] = true
	}
	assert.Len(t, seen, len(checks), "an example of each")
}

func checkKeyExample(t *testing.T, e example) {
	secret := [32]byte(e.bytes(t, "secret"))
	assert.Equal(t, e.of["result"], mac16(secret, string(e.bytes(t, "message"))))
	want := whitelist.ForeignKey(secret, e.of["issuer"], e.of["code"])
	if e.of["ticket"] != "" {
		want = whitelist.TicketKey(secret, exampleTicket(t, e))
	}
	assert.Equal(t, want.String(), e.of["result"])
}

func checkRefExample(t *testing.T, e example) {
	secret := [32]byte(e.bytes(t, "secret"))
	assert.Equal(t, e.of["result"], mac16(secret, string(e.bytes(t, "message"))))
	want := whitelist.ForeignRef(secret, e.of["issuer"], e.of["code"])
	if e.of["ticket"] != "" {
		want = whitelist.TicketRef(secret, exampleTicket(t, e))
	}
	assert.Equal(t, want.String(), e.of["result"])
}

func exampleTicket(t *testing.T, e example) ticket.ID {
	id, err := strconv.ParseUint(e.of["ticket"], 16, 64)
	require.NoError(t, err)
	return ticket.ID(id)
}

func checkEntryExample(t *testing.T, e example) {
	entry, err := whitelist.DecodeEntry(e.bytes(t, "bytes"))
	require.NoError(t, err)
	assert.Equal(t, whitelist.Entry{
		Key: whitelist.Key(e.bytes(t, "key")), Ref: whitelist.Ref(e.bytes(t, "ref")),
		Kind: uint16(e.number(t, "kind")), State: whitelist.State(e.number(t, "state")),
		Uses: uint8(e.number(t, "uses")), Group: uint8(e.number(t, "group")),
		Flags: whitelist.Flags(e.number(t, "flags")), Seat: uint32(e.number(t, "seat")),
		ValidFrom: uint32(e.number(t, "valid from")), ValidUntil: uint32(e.number(t, "valid until")),
	}, entry)
}

func checkBucketExample(t *testing.T, e example) {
	raw := e.bytes(t, "bytes")
	require.NoError(t, whitelist.CheckBucket(raw, uint8(e.number(t, "depth")), 0))
	assert.EqualValues(t, e.number(t, "entries"), len(raw)/whitelist.EntryLen)
	assert.Equal(t, e.of["hash"], whitelist.HashOf(raw).String())
	assert.Equal(t, build(t, fourEntries()).Buckets[0], raw)
}

func checkIndexExample(t *testing.T, e example) {
	_, err := whitelist.ParseIndex(e.bytes(t, "bytes"))
	require.NoError(t, err)
	assert.Equal(t, e.of["root"], whitelist.HashOf(e.bytes(t, "bytes")).String())
}

func checkDelegationExample(t *testing.T, e example) {
	signer := platformKey
	if e.of["signer"] == "root" {
		signer = rootKey
	}
	notAfter := time.Unix(int64(e.number(t, "not after")), 0)
	made := whitelist.Delegate(signer, whitelist.Role(e.of["role"]), e.bytes(t, "key"), [16]byte(e.bytes(t, "organizer")), notAfter)
	assert.Equal(t, e.bytes(t, "signature"), made.Signature)
}

func checkManifestExample(t *testing.T, e example) {
	m, err := whitelist.OpenManifest(e.bytes(t, "bytes"), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, e.of["event"], m.Event.String())
	assert.Equal(t, e.number(t, "epoch"), m.Epoch)
	assert.Equal(t, e.of["issued at"], m.IssuedAt.Format(time.RFC3339))
	assert.Equal(t, e.of["good until"], m.GoodUntil.Format(time.RFC3339))
	assert.EqualValues(t, e.number(t, "depth"), m.Depth)
	assert.EqualValues(t, e.number(t, "count"), m.Count)
	assert.Equal(t, e.of["index"], m.Index.String())
	assert.Equal(t, e.of["rules"], m.Rules.String())
}

func checkPatchExample(t *testing.T, e example) {
	patch, err := whitelist.OpenPatch(e.bytes(t, "bytes"), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, e.number(t, "to"), patch.Manifest.Epoch)
	assert.Equal(t, e.number(t, "from"), patch.From)
	assert.EqualValues(t, e.number(t, "entries"), len(patch.Entries))
}

func checkHomeExample(t *testing.T, e example) {
	gates := strings.Fields(e.of["gates"])
	homes := whitelist.Homes{Epoch: 1, Rules: []whitelist.HomeRule{{Event: concert, Gates: gates}}}
	right := whitelist.Right{Event: concert, Ref: whitelist.Ref(e.bytes(t, "ref")), Listed: true}
	assert.Equal(t, []string{e.of["home"]}, homes.Of(right))
}

func checkVenueExample(t *testing.T, e example) {
	venue, err := whitelist.OpenVenue(e.bytes(t, "bytes"), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, someVenue(), venue.Venue)
}

var (
	table = regexp.MustCompile(`(?m)^\*\*([a-z, ]+), (\d+) bytes([^*]*)\*\*\n\n\| at \| bytes \|.*\n\|[-|]+\n((?:\|.*\n)+)`)
	row   = regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|`)
)

// TestTheByteTablesAddUp goes down each table: no gap, no overlap, and the size in its title.
func TestTheByteTablesAddUp(t *testing.T) {
	tables := table.FindAllStringSubmatch(document(t), -1)
	sizes := map[string]int{}
	for _, found := range tables {
		title, rows := found[1], row.FindAllStringSubmatch(found[4], -1)
		want, err := strconv.Atoi(found[2])
		require.NoError(t, err)
		total := 0
		for _, cells := range rows {
			if at, err := strconv.Atoi(cells[1]); err == nil {
				assert.Equal(t, total, at, "%s: row at %s", title, cells[1])
			}
			if size, err := strconv.Atoi(cells[2]); err == nil { // "56 × n" and "n" are the title's "and …"
				total += size
			}
		}
		assert.Equal(t, want, total, title)
		sizes[title] = want
	}
	assert.Equal(t, map[string]int{
		"entry": whitelist.EntryLen, "delegation, signed message": 71, "chain": 224,
		"manifest": whitelist.ManifestLen, "patch": 484, "venue manifest": 296,
	}, sizes)
}

var normaliseRow = regexp.MustCompile("(?m)^\\| ?(keep_spaces|upper|drop_zeros|) ?\\| `(\".*\")` \\| `(\".*\")` \\|$")

func TestTheNormaliseTableHolds(t *testing.T) {
	rows := normaliseRow.FindAllStringSubmatch(document(t), -1)
	require.Len(t, rows, 8)
	for _, cells := range rows {
		text, err := strconv.Unquote(cells[2])
		require.NoError(t, err)
		want, err := strconv.Unquote(cells[3])
		require.NoError(t, err)
		rule := whitelist.Normalise{Upper: cells[1] == "upper", KeepSpaces: cells[1] == "keep_spaces", DropZeros: cells[1] == "drop_zeros"}
		assert.Equal(t, want, rule.Apply(text), "%s %q", cells[1], text)
	}
}

func TestTheLimitsTableHolds(t *testing.T) {
	for name, value := range map[string]int{
		"depth": whitelist.MaxDepth, "bytes of a bucket": whitelist.MaxBucket,
		"entries of a patch": whitelist.MaxPatchEntries, "bytes of a rules blob": whitelist.MaxRules,
		"bytes of a venue manifest": whitelist.MaxVenue, "bytes of another seller's text": whitelist.MaxForeignText,
		"bytes of another seller's code":          whitelist.MaxForeignCode,
		"days from issue to good-until, at least": int(whitelist.MinGood.Hours() / 24),
	} {
		assert.Contains(t, document(t), "| "+name+" | "+strconv.Itoa(value)+" |")
	}
}

// TestTheDocumentNamesEveryJSONField finds a field that was added to a type and forgotten in the document.
func TestTheDocumentNamesEveryJSONField(t *testing.T) {
	text := document(t)
	for _, kind := range []reflect.Type{
		reflect.TypeFor[whitelist.Rules](), reflect.TypeFor[whitelist.Kind](), reflect.TypeFor[whitelist.CodeKey](),
		reflect.TypeFor[whitelist.Issuer](), reflect.TypeFor[whitelist.Normalise](), reflect.TypeFor[whitelist.Venue](),
		reflect.TypeFor[whitelist.Zone](), reflect.TypeFor[whitelist.VenueEvent](), reflect.TypeFor[whitelist.Checkpoint](),
		reflect.TypeFor[whitelist.Window](), reflect.TypeFor[whitelist.Budget](), reflect.TypeFor[whitelist.Controller](),
	} {
		for field := range slices.Values(reflect.VisibleFields(kind)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"[]`") {
				t.Errorf("docs/list-format.md does not name %s.%s: %s", kind.Name(), field.Name, name)
			}
		}
	}
}
