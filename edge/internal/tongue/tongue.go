// Package tongue is what a gate says to people, in six languages: one word that can be read from four metres, and one
// sentence that says what to do. The words are data, one file for each language; a test holds every file to all of them.
package tongue

import (
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"portaria/config"
	"portaria/edge/admit"
)

//go:embed words/*.toml
var files embed.FS

// Tags are the languages, as BCP 47 names them. The first is spoken where nothing was chosen.
var Tags = []string{"pt-BR", "en", "uk", "ru", "fr", "de"}

// Phrase is what fills a lane's screen.
type Phrase struct {
	Word string `toml:"word"`
	Why  string `toml:"why"`
}

// Words are one language.
type Words struct {
	Tag     string                  `toml:"tag"`
	Reasons map[admit.Reason]Phrase `toml:"reasons"`
	Look    map[string]Phrase       `toml:"look"`    // by the name of the attention flag; %s = kind of ticket
	Screens map[string]Phrase       `toml:"screens"` // what a lane shows when no guest is before it
	Notices map[string]Phrase       `toml:"notices"` // what it shows for a moment
	Joining map[string]Phrase       `toml:"joining"` // what a gate shows that has joined no hub yet
	Text    Text                    `toml:"text"`
	Page    map[string]string       `toml:"page"` // buttons and forms
}

// Text is what is put together with numbers, times and names.
type Text struct {
	Drill     string `toml:"drill"`
	Alone     string `toml:"alone"`      // the hub was never heard
	AloneLong string `toml:"alone_long"` // %s = for how long it has been away
	Strict    string `toml:"strict"`     // without the hub a strict door opens for nobody
	UsedAt    string `toml:"used_at"`    // %s = time
	UsedDay   string `toml:"used_day"`   // %s = day, %s = time
	UsedGate  string `toml:"used_gate"`
	UsedLane  string `toml:"used_lane"`
	Lane      string `toml:"lane"`
	Entered   string `toml:"entered"`
	Inside    string `toml:"inside"`
	Of        string `toml:"of"` // %s = inside, %s = capacity
	List      string `toml:"list"`
	NoLists   string `toml:"no_lists"`
	HubUp     string `toml:"hub_up"`
	HubDown   string `toml:"hub_down"`
	CloudDown string `toml:"cloud_down"`
	Unsure    string `toml:"unsure"` // the clock
	OnDuty    string `toml:"on_duty"`
	OffDuty   string `toml:"off_duty"`
	Scanners  string `toml:"scanners"` // %d = plugged in, %d = in all
	Day       string `toml:"day"`      // a day of the month, as package time writes it
	Seconds   string `toml:"seconds"`
	Minutes   string `toml:"minutes"`
	Hours     string `toml:"hours"`
	Days      string `toml:"days"`
	Thousands string `toml:"thousands"`
}

// Of is the language of a BCP 47 tag: by its first part, and the first of Tags where it is none of ours.
func Of(tag string) *Words {
	first, _, _ := strings.Cut(strings.ToLower(tag), "-")
	for i, known := range Tags {
		if own, _, _ := strings.Cut(strings.ToLower(known), "-"); own == first {
			return all()[i]
		}
	}
	return all()[0]
}

// Accepted is the language that a browser asks for first, of those that a gate speaks; of its Accept-Language header.
func Accepted(header string) *Words {
	for _, part := range strings.Split(header, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		first, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for i, known := range Tags {
			if own, _, _ := strings.Cut(strings.ToLower(known), "-"); own == first {
				return all()[i]
			}
		}
	}
	return all()[0]
}

var all = sync.OnceValue(func() []*Words {
	var languages []*Words
	for _, tag := range Tags {
		w, err := read(tag)
		if err != nil {
			panic(err) // a test reads every file
		}
		languages = append(languages, w)
	}
	return languages
})

func read(tag string) (*Words, error) {
	raw, err := files.ReadFile("words/" + tag + ".toml")
	if err != nil {
		return nil, err
	}
	w := &Words{}
	if err := config.Decode(raw, w); err != nil {
		return nil, fmt.Errorf("words of %s:\n%w", tag, err)
	}
	return w, nil
}

// Validate says whether a file is of a language that is named.
func (w *Words) Validate() error {
	if !slices.Contains(Tags, w.Tag) {
		return errors.New("tag: no language of this gate")
	}
	return nil
}
