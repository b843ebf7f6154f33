# Portaria: the commands everyone relies on. Each installs what it is missing (deploy/install).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOLS := .tools
LANGUAGE := ./edge/ticket ./edge/whitelist ./edge/admit ./edge/wire
VECTORS := Vector|Case|Example
SEEDS ?= 5000
CUTS ?= 50

.PHONY: help build demo test check bench bench-arm64 sim test-hw test-power e2e screens deb generate tools clean

help: ## what there is
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

build: ## bin/cloud, bin/hub, bin/edge, bin/scanner-sim
	@mkdir -p bin
	go build -trimpath -ldflags "-s -w" -o bin/ ./cloud/cmd/cloud ./hub/cmd/hub ./edge/cmd/edge ./scanner-sim/cmd/scanner-sim

demo: ## a festival evening, sold, scanned and counted; ONCE=1 ends by itself
	@deploy/install postgres pdf
	@$(MAKE) --no-print-directory build
	@go run ./deploy/demo $(if $(ONCE),--once)

# -w: nobody debugs these programs, and linking a hundred of them takes a third less time. -p: while some wait, one more runs.
test: ## every test that runs in five minutes
	@deploy/install postgres pdf browser mqtt mosquitto codes fonts qemu tls tpm trace node
	go test -ldflags=-w -p $$(($$(nproc) + 1)) -timeout 10m ./...
	@echo "the language on the gates' processors, under qemu:"
	GOARCH=arm64 CGO_ENABLED=0 go test -exec $(CURDIR)/deploy/qemu -run '$(VECTORS)' $(LANGUAGE)
	GOARCH=arm GOARM=6 CGO_ENABLED=0 go test -exec $(CURDIR)/deploy/qemu -run '$(VECTORS)' $(LANGUAGE)

check: ## format, vet, lint, generated code, import rules
	@deploy/install git
	@$(MAKE) --no-print-directory tools
	@deploy/check/run

bench: build ## figures, each a ratio taken in one run
	@deploy/install postgres
	@status=0; bin/edge bench all || status=1; bin/hub bench claims || status=1; bin/scanner-sim bench sync || status=1; bin/cloud bench import || status=1; bin/cloud bench report || status=1; bin/cloud bench scan || status=1; exit $$status

bench-arm64: ## every figure of a gate on its own processor, under qemu: that it can be measured, not how fast
	@deploy/install qemu
	GOARCH=arm64 CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/edge-arm64 ./edge/cmd/edge
	(GOARCH=arm64 PORTARIA_EMULATOR=$(CURDIR)/deploy/qemu deploy/qemu bin/edge-arm64 bench --quick all || true) | tee bin/edge-arm64.lines
	@test $$(grep -c ' ratio=' bin/edge-arm64.lines) -eq 17 || { echo "some figures could not be measured"; exit 1; }

tools: ## build the pinned tools of deploy/tools into .tools
	@deploy/check/tools

generate: tools ## sqlc and the OpenAPI document anew
	cd cloud/internal/postgres && ../../../$(TOOLS)/sqlc generate
	go run ./cloud/cmd/cloud openapi > docs/openapi.yaml

sim: ## the protocol's cores in simulated evenings full of faults, and the mistakes the simulator must catch
	go run ./scanner-sim/cmd/scanner-sim sim --policy all --seeds $(SEEDS)
	go test -count=1 -tags mutants -run Mutant -v ./scanner-sim/sim ./floor/wicket

e2e: ## three bad minutes of real programs, compared record by record; how fast lists reach the gates
	@deploy/install postgres
	go test -v -tags e2e -timeout 15m -count=1 -run 'ThreeBad|ABadMinute|DropsLate|WhoComesAfter|ATelephoneAsks|ASaleIs|ADoorThatIs|EveryTicketHasAHome|AHubIsSwapped|AVenueWhoseHubMoves' ./scanner-sim/e2e

screens: ## pictures of every screen of a lane, of the desk and of the phone page, by the real programs in a browser, into docs/img
	PORTARIA_SCREENS=$(CURDIR)/docs/img/lane go test -count=1 -run TestTheScreensOfALane ./edge
	PORTARIA_PICTURES=$(CURDIR)/docs/img/desk go test -count=1 -run TestAnOrganizerRegistersAndSees ./cloud
	PORTARIA_SHOTS=$(CURDIR)/docs/img/phone go test -count=1 -run 'TestPhone(Reads|GoesThrough|Loses)' ./cloud

deb: tools ## Debian packages in dist/, built twice and compared
	deploy/package/build dist
	go test -tags packages -count=1 -timeout 60m -run EveryPackage -v ./deploy/package

test-hw: ## scanners, a camera and GPIO lines of a real kernel, plugged and unplugged while a gate runs, in VMs
	@deploy/install machines
	go run ./deploy/vm hw

test-power: ## power cuts of a gate under load, in a VM; CUTS=200 for more
	@deploy/install machines
	go run ./deploy/vm power --cuts $(CUTS)

clean: ## remove what was built
	rm -rf bin $(TOOLS)
