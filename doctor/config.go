package doctor

import "strings"

// Config is a finding for each fault of a configuration, of which the error has one a line under a heading that names
// the file.
func Config(err error) (found []Finding) {
	lines := strings.Split(err.Error(), "\n")
	if len(lines) > 1 {
		lines = lines[1:]
	}
	for _, line := range lines {
		found = append(found, Broken("configuration", "%s", strings.TrimSpace(line)))
	}
	return found
}
