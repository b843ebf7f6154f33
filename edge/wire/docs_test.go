package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"portaria/edge/wire"
)

// ref is a reference, or what stands in its place.
type ref struct {
	Ref string `yaml:"$ref"`
}

func (r ref) name() string { return r.Ref[strings.LastIndexByte(r.Ref, '/')+1:] }

type schema struct {
	Ref        string             `yaml:"$ref"`
	Type       string             `yaml:"type"`
	Format     string             `yaml:"format"`
	Pattern    string             `yaml:"pattern"`
	Encoding   string             `yaml:"contentEncoding"`
	Items      *schema            `yaml:"items"`
	Required   []string           `yaml:"required"`
	Properties map[string]*schema `yaml:"properties"`
}

type document struct {
	AsyncAPI string `yaml:"asyncapi"`
	Info     struct {
		Version string `yaml:"version"`
	} `yaml:"info"`
	Channels map[string]struct {
		Address    string         `yaml:"address"`
		Parameters map[string]ref `yaml:"parameters"`
		Messages   map[string]ref `yaml:"messages"`
	} `yaml:"channels"`
	Operations map[string]struct {
		Action   string `yaml:"action"`
		Channel  ref    `yaml:"channel"`
		Bindings struct {
			MQTT struct {
				QoS    byte `yaml:"qos"`
				Retain bool `yaml:"retain"`
			} `yaml:"mqtt"`
		} `yaml:"bindings"`
	} `yaml:"operations"`
	Components struct {
		Parameters map[string]any `yaml:"parameters"`
		Messages   map[string]struct {
			Limit   int `yaml:"x-max-bytes"`
			Payload ref `yaml:"payload"`
		} `yaml:"messages"`
		Schemas map[string]*schema `yaml:"schemas"`
	} `yaml:"components"`
}

func asyncapi(t *testing.T) document {
	t.Helper()
	raw, err := os.ReadFile("../../docs/asyncapi.yaml")
	require.NoError(t, err)
	var d document
	require.NoError(t, yaml.Unmarshal(raw, &d))
	return d
}

// example fills the parameters of an address as everyTopic spells them.
var example = strings.NewReplacer("{venue}", venueText, "{event}", eventText, "{gate}", "gate-1", "{hub}", "hub-1")

func TestTheAsyncAPIDocumentHasEveryTopicAndNoOther(t *testing.T) {
	d := asyncapi(t)
	assert.Equal(t, "3.0.0", d.AsyncAPI)
	assert.Equal(t, fmt.Sprint(wire.Version), d.Info.Version)
	var topics []string
	for key, channel := range d.Channels {
		topics = append(topics, example.Replace(channel.Address))
		for parameter := range channel.Parameters {
			assert.Contains(t, channel.Address, "{"+parameter+"}", key)
			assert.Contains(t, d.Components.Parameters, parameter, key)
		}
		assert.Len(t, channel.Parameters, strings.Count(channel.Address, "{"), key)
	}
	var want []string
	for topic := range everyTopic {
		want = append(want, topic)
	}
	assert.ElementsMatch(t, want, topics)
}

func TestTheAsyncAPIDocumentSaysWhoMayPublish(t *testing.T) {
	d := asyncapi(t)
	publishes := slices.Concat(gateTopics.Rights().Publish, hubTopics.Rights().Publish)
	used := map[string]bool{}
	for name, operation := range d.Operations {
		channel := d.Channels[operation.Channel.name()]
		require.NotEmpty(t, channel.Address, name)
		topic := example.Replace(channel.Address)
		assert.Equal(t, slices.Contains(publishes, topic), operation.Action == "send", name)
		parsed, err := wire.ParseTopic(topic)
		require.NoError(t, err)
		retained := parsed.Leaf == wire.LeafVenue || parsed.Leaf == wire.LeafList
		assert.Equal(t, retained, operation.Bindings.MQTT.Retain, name)
		used[operation.Channel.name()] = true
	}
	for key, channel := range d.Channels {
		assert.Equal(t, len(channel.Messages) > 0, used[key], "%s: a channel with a message has one operation", key)
	}
	assert.Len(t, d.Operations, len(used))
}

func TestTheAsyncAPIDocumentHasEveryMessageAndField(t *testing.T) {
	d := asyncapi(t)
	assert.Len(t, d.Components.Messages, len(kinds))
	seen := map[string]bool{}
	for name, k := range kinds {
		message, ok := d.Components.Messages[name]
		require.True(t, ok, name)
		assert.Equal(t, k.limit, message.Limit, name)
		assert.Equal(t, name, message.Payload.name())
		compare(t, d, reflect.TypeOf(k.message), seen)
	}
	assert.Len(t, d.Components.Schemas, len(seen), "no schema is left over")
}

// compare holds the schema of a struct to its fields.
func compare(t *testing.T, d document, goType reflect.Type, seen map[string]bool) {
	t.Helper()
	name := goType.Name()
	if seen[name] {
		return
	}
	seen[name] = true
	s := d.Components.Schemas[name]
	require.NotNil(t, s, name)
	var names, required []string
	for i := range goType.NumField() {
		field := goType.Field(i)
		key, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, key)
		if option == "" {
			required = append(required, key)
		}
		if property := s.Properties[key]; assert.NotNil(t, property, "%s.%s", name, key) {
			compareType(t, d, property, field.Type, name+"."+key, seen)
		}
	}
	assert.Len(t, s.Properties, len(names), "%s: no field is left over", name)
	assert.Equal(t, required, s.Required, name)
}

func compareType(t *testing.T, d document, s *schema, goType reflect.Type, at string, seen map[string]bool) {
	t.Helper()
	if goType.Kind() == reflect.Pointer {
		goType = goType.Elem()
	}
	switch {
	case textual(goType):
		assert.Equal(t, "string", s.Type, at)
		assert.True(t, s.Pattern != "" || s.Format != "", "%s: say how the text looks", at)
	case goType.Kind() == reflect.Struct:
		assert.Equal(t, "#/components/schemas/"+goType.Name(), s.Ref, at)
		compare(t, d, goType, seen)
	case goType.Kind() == reflect.Slice && goType.Elem().Kind() == reflect.Uint8:
		assert.Equal(t, "base64", s.Encoding, at)
	case goType.Kind() == reflect.Slice:
		require.NotNil(t, s.Items, at)
		compareType(t, d, s.Items, goType.Elem(), at, seen)
	case goType.Kind() == reflect.String:
		assert.Equal(t, "string", s.Type, at)
	case goType.Kind() == reflect.Bool:
		assert.Equal(t, "boolean", s.Type, at)
	default:
		assert.Equal(t, "integer", s.Type, at)
	}
}

// wire.md shows each vector in a fenced block headed by its name.
var block = regexp.MustCompile("(?s)```json ([a-z-]+)\n(.*?)\n```")

func TestTheGuideShowsEveryMessageAsItIs(t *testing.T) {
	raw, err := os.ReadFile("../../docs/wire.md")
	require.NoError(t, err)
	shown := map[string]bool{}
	for _, m := range block.FindAllStringSubmatch(string(raw), -1) {
		shown[m[1]] = true
		assert.JSONEq(t, string(vector(t, m[1])), m[2], m[1])
		assert.True(t, json.Valid([]byte(m[2])), m[1])
	}
	for name, k := range kinds {
		for _, v := range k.vectors {
			assert.True(t, shown[v], "%s has no example %s", name, v)
		}
		limit := fmt.Sprintf("| `%s` | %d KiB |", name, k.limit/1024)
		assert.Contains(t, string(raw), limit, "the table of limits")
	}
	for topic := range everyTopic {
		pattern := strings.NewReplacer(venueText, "<venue>", eventText, "<event>", "gate-1", "<gate>", "hub-1", "<hub>").Replace(topic)
		assert.Contains(t, string(raw), "`"+pattern+"`", "the table of topics")
	}
}
