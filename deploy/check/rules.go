// Package check tests the repository itself: which package may import which, and why; that every package introduces
// itself; that no file outgrows a reader. It knows nothing of what the packages do.
package check

import "strings"

// Package is what `go list` says of a package, its paths relative to the module.
type Package struct {
	Path    string   // "edge/ticket"
	Imports []string // of the production code: "portaria/edge/ticket", "time", "github.com/…"
	Doc     string
	Files   []string // Go files with tests, relative to the module
}

// Rule forbids some imports to some packages, for a reason that the failure prints.
type Rule struct {
	Name    string
	Why     string
	Applies func(pkg string) bool
	Forbids func(pkg, imported string) bool
}

const module = "portaria/"

// own gives an import's path inside the module.
func own(imported string) (string, bool) { return strings.CutPrefix(imported, module) }

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && first != "portaria"
}

func under(pkg string, roots ...string) bool {
	for _, root := range roots {
		if pkg == root || strings.HasPrefix(pkg, root+"/") {
			return true
		}
	}
	return false
}

func has(pkg, element string) bool {
	for _, e := range strings.Split(pkg, "/") {
		if e == element {
			return true
		}
	}
	return false
}

func in(roots ...string) func(string) bool {
	return func(pkg string) bool { return under(pkg, roots...) }
}

func not(f func(string) bool) func(string) bool { return func(pkg string) bool { return !f(pkg) } }

// language lists the packages every program speaks, each allowed to import only those before it.
var language = []string{"edge/ticket", "edge/whitelist", "edge/admit", "edge/wire"}

var cores = []string{"edge/gate", "edge/venue", "cloud/entry"}

func languageRule() Rule {
	return Rule{
		Name:    "the language imports the standard library and what comes before it",
		Why:     "gate, hub, cloud and third parties must be able to read codes and lists with nothing else",
		Applies: func(pkg string) bool { return position(pkg) >= 0 },
		Forbids: func(pkg, imported string) bool {
			if standard(imported) {
				return false
			}
			path, ours := own(imported)
			return !ours || position(path) < 0 || position(path) >= position(pkg)
		},
	}
}

func position(pkg string) int {
	for i, p := range language {
		if p == pkg {
			return i
		}
	}
	return -1
}

func coreRule() Rule {
	return Rule{
		Name:    "the pure cores import the language and the standard library, without clock, chance, goroutines or I/O",
		Why:     "the same code runs in the simulator, where a seed must replay to the letter",
		Applies: in(cores...),
		Forbids: func(_, imported string) bool {
			if standard(imported) {
				return impure[imported]
			}
			path, ours := own(imported)
			return !ours || position(path) < 0
		},
	}
}

var impure = map[string]bool{
	"os": true, "net": true, "net/http": true, "io/ioutil": true, "math/rand": true, "math/rand/v2": true,
	"crypto/rand": true, "sync": true, "context": true, "log": true, "log/slog": true, "syscall": true, "database/sql": true,
}

func only(name, why string, allowed func(string) bool, libraries ...string) Rule {
	return Rule{Name: name, Why: why, Applies: not(allowed), Forbids: func(_, imported string) bool {
		for _, lib := range libraries {
			if imported == lib || strings.HasPrefix(imported, lib+"/") {
				return true
			}
		}
		return false
	}}
}

func neverImports(name, why, from string, to ...string) Rule {
	return Rule{Name: name, Why: why, Applies: in(from), Forbids: func(_, imported string) bool {
		path, ours := own(imported)
		return ours && under(path, to...)
	}}
}

func element(names ...string) func(string) bool {
	return func(pkg string) bool {
		for _, n := range names {
			if has(pkg, n) {
				return true
			}
		}
		return false
	}
}

func either(fs ...func(string) bool) func(string) bool {
	return func(pkg string) bool {
		for _, f := range fs {
			if f(pkg) {
				return true
			}
		}
		return false
	}
}
