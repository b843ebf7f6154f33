package locale

import (
	"fmt"

	"github.com/BurntSushi/toml"
)

// Subject gives every text of one file by id, for pages that speak by themselves in scripts: of scan.en.toml for
// "scan". A plural is one id for each form: "scan.waiting.one", "scan.waiting.other".
func (l Locale) Subject(name string) (map[string]string, error) {
	var tree map[string]any
	file := name + "." + l.tag + ".toml"
	if _, err := toml.DecodeFS(files, file, &tree); err != nil {
		return nil, fmt.Errorf("read texts in %s: %w", file, err)
	}
	out := map[string]string{}
	flatten(out, "", tree)
	return out, nil
}

func flatten(out map[string]string, at string, tree map[string]any) {
	for key, value := range tree {
		if at != "" {
			key = at + "." + key
		}
		switch x := value.(type) {
		case map[string]any:
			flatten(out, key, x)
		case string:
			out[key] = x
		}
	}
}
