package check

import "strings"

// roots may join adapters: each is one program's ordered story.
var roots = []string{"edge", "hub", "cloud"}

// adapters touch one outside thing each.
var adapters = []string{"bolt", "postgres", "web", "api", "panel", "uplink", "upstream", "broker"}

// domain packages decide; what they need of the world they declare as interfaces.
var domain = []string{
	"cloud/internal/account", "cloud/internal/catalog", "cloud/internal/stock", "cloud/internal/sale",
	"cloud/internal/gatehouse", "cloud/internal/ingest", "cloud/internal/document",
}

// Rules are all import rules of the repository.
func Rules() []Rule {
	rules := []Rule{languageRule(), coreRule(), domainRule(), adapterRule(), rootRule()}
	return append(append(rules, programRules()...), libraryRules()...)
}

func programRules() []Rule {
	return []Rule{
		neverImports("edge imports neither hub nor cloud", "the gate publishes the language; it must not learn its readers",
			"edge", "hub", "cloud"),
		neverImports("floor imports neither hub nor cloud", "both run their arbiters with it", "floor", "hub", "cloud"),
		neverImports("hub never imports cloud", "a venue works with no cloud", "hub", "cloud"),
		neverImports("cloud never imports hub", "a cloud serves venues without a hub", "cloud", "hub"),
		{
			Name: "production never imports scanner-sim", Why: "what stands in for the world must not ship",
			Applies: not(in("scanner-sim", "deploy/demo", "deploy/rig")),
			Forbids: func(_, imported string) bool { path, ours := own(imported); return ours && under(path, "scanner-sim") },
		},
	}
}

func libraryRules() []Rule {
	return []Rule{
		only("gin only where pages and APIs are served", "the domain does not know HTTP",
			either(element("web", "api", "panel"), isRoot), "github.com/gin-gonic/gin"),
		only("pgx only under postgres and privatepg", "SQL stays in one place, readable alone",
			either(in("cloud/internal/postgres"), in("deploy/privatepg")), "github.com/jackc/pgx"),
		only("bbolt only in packages named bolt", "one place knows how a store is opened and committed",
			element("bolt"), "go.etcd.io/bbolt"),
		only("MQTT libraries only in mqtt and scanner-sim", "one place knows the libraries' traps",
			in("mqtt", "scanner-sim"), "github.com/eclipse/paho.mqtt.golang", "github.com/mochi-mqtt"),
		only("serial ports only in scanner and scanner-sim/device", "two openers steal each other's bytes",
			either(element("scanner"), in("scanner-sim/device")), "github.com/tarm/serial"),
		only("mDNS only in nearby", "one place knows which interfaces carry it, and what strangers may say", in("nearby"), "github.com/hashicorp/mdns"),
		only("a TPM only in package tpm", "what a chip is asked to keep or to sign is in one place, readable alone",
			in("identity/tpm"), "github.com/google/go-tpm"),
		only("test libraries stay in tests and packages named …test", "they are not made to run at a door", forTests,
			"github.com/stretchr/testify", "pgregory.net/rapid", "testing"),
	}
}

func isRoot(pkg string) bool {
	for _, r := range roots {
		if pkg == r {
			return true
		}
	}
	return false
}

func domainRule() Rule {
	return Rule{
		Name: "domain packages import no adapter", Why: "what sells and admits must be testable without a server",
		Applies: in(domain...),
		Forbids: func(_, imported string) bool {
			path, ours := own(imported)
			return ours && element(adapters...)(path)
		},
	}
}

func adapterRule() Rule {
	return Rule{
		Name: "adapters of a program never import each other", Why: "only the composition root joins them, so each can be replaced",
		Applies: func(pkg string) bool { return has(pkg, "internal") && element(adapters...)(pkg) },
		Forbids: func(pkg, imported string) bool {
			path, ours := own(imported)
			return ours && has(path, "internal") && element(adapters...)(path) && adapterOf(path) != adapterOf(pkg)
		},
	}
}

func adapterOf(pkg string) string {
	for _, a := range adapters {
		if has(pkg, a) {
			return a
		}
	}
	return ""
}

func rootRule() Rule {
	return Rule{
		Name: "only cmd, deploy/demo and scanner-sim/e2e import composition roots", Why: "a root is a whole program",
		Applies: not(either(element("cmd"), in("deploy/demo", "scanner-sim/e2e"))),
		Forbids: func(_, imported string) bool { path, ours := own(imported); return ours && isRoot(path) },
	}
}

func forTests(pkg string) bool { return strings.HasSuffix(pkg, "test") }
