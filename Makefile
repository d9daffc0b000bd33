# `make` lists what there is. CI calls these targets and nothing else.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:

# Tools, built once at these versions into .cache/bin.
GOLANGCI_LINT := .cache/bin/golangci-lint-v2.15.0
AIR := .cache/bin/air-v1.67.4
TESTDB := .cache/bin/testdb

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# A shared module cache that this account may not write to gives way to one of the checkout.
ifeq ($(shell d=$$(go env GOMODCACHE); mkdir -p "$$d" 2>/dev/null && [ -w "$$d" ] && echo writable),)
export GOMODCACHE := $(CURDIR)/.cache/mod
endif

# Two test binaries at a time: each starts parts that want a core of their own.
GOTEST := go test -p 2 -timeout 30m
# Watched for races, the histories of the mirror would take a quarter of an hour: of those, one of each kind
# of run is watched, the simulated Jira with it, and all of them run unwatched.
RACED := TestFullRun|TestTick|TestCutOffRun|TestCensusF|TestRolling|TestHints|TestLostWorklog|TestLateServer|TestCancelled|TestCutLists|TestMovedIssue|TestProjectThatWasJustRead

SPA := frontend/dist/index.html
SPA_SOURCES := $(wildcard frontend/*.json frontend/*.ts frontend/*.html) \
	$(shell find frontend/src frontend/public -type f 2>/dev/null)
MODULES := frontend/node_modules/.package-lock.json

##@ Use

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Run everything on simulated Jira at 127.0.0.1:8987 (DEMO_ISSUES=5000 PORT=8987); Ctrl-C ends it
	@scripts/postgres >/dev/null
	@exec bin/jirasync demo

.PHONY: build
build: $(SPA) ## Build bin/jirasync, with the dashboard inside
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/jirasync .

##@ Develop

.PHONY: dev
dev: $(AIR) $(MODULES) ## Run server and dashboard (127.0.0.1:5648), each reloaded when its code changes
	@scripts/postgres >/dev/null
	@exec scripts/dev $(AIR)

.PHONY: generate
generate: $(GOLANGCI_LINT) $(MODULES) ## Generate the code of the GraphQL schema, for server and dashboard
	go tool gqlgen generate
	$(GOLANGCI_LINT) fmt ./resolvers/... # the generator sorts imports its own way
	cd frontend && npm run --silent generate

.PHONY: lint
lint: $(GOLANGCI_LINT) $(MODULES) ## Check style, suspicious code, and that generated code is current
	$(GOLANGCI_LINT) run ./...
	cd frontend && npm run --silent lint
	scripts/generated

.PHONY: format
format: $(GOLANGCI_LINT) $(MODULES) ## Format Go and TypeScript
	$(GOLANGCI_LINT) fmt ./...
	cd frontend && npm run --silent format

.PHONY: docs
docs: ## Write docs/configuration.md anew from the code
	go test -count=1 ./deploy/test -run TestConfigurationIsWhatTheDocsSay -update

.PHONY: bench
bench: $(SPA) ## Measure, and compare with the floors (ARGS=...: go run ./bench -help)
	@scripts/postgres >/dev/null
	go run ./bench $(ARGS)

##@ Test

.PHONY: deps
deps: ## Install what the tests need (root), or print the command that does
	@scripts/deps
	@$(MAKE) $(MODULES)

.PHONY: linter
linter: $(GOLANGCI_LINT)

.PHONY: test
test: ## Run every test: Go, dashboard, browser
	@$(MAKE) deps
	@$(MAKE) test-go
	@$(MAKE) test-frontend
	@$(MAKE) test-e2e
	@echo 'The containers have tests of their own, on a Docker engine: make test-compose'

.PHONY: test-go
test-go: $(TESTDB) ## Run the Go tests on real PostgreSQL and Redis (PKG=./... ARGS=...)
ifdef PKG
	@$(TESTDB) $(GOTEST) -race $(ARGS) $(PKG)
else
	@$(TESTDB) $(GOTEST) -parallel 3 $(ARGS) ./mirror ./jirasim
	@$(TESTDB) $(GOTEST) -race -run '$(RACED)' $(ARGS) ./mirror
	@packages=$$(go list ./...) && $(TESTDB) $(GOTEST) -race $(ARGS) $$(echo "$$packages" | grep -v -e '/mirror$$' -e '/jirasim$$')
endif

.PHONY: chaos
chaos: $(TESTDB) ## Try faults, crashes and ticks for long, and print what they cost (about half an hour)
	@$(TESTDB) go run ./chaos

.PHONY: test-frontend
test-frontend: $(MODULES) ## Unit-test the dashboard
	cd frontend && npm run --silent test

.PHONY: test-e2e
test-e2e: build ## Drive the built binary with a browser
	@scripts/postgres >/dev/null
	cd frontend && npm run --silent e2e

.PHONY: test-compose
test-compose: ## Build, start, break and check both stacks on a Docker engine; ends with a table (ARGS=...)
	go test -count=1 -timeout 120m -v ./deploy/test -compose $(ARGS)

.PHONY: test-containers
test-containers: ## Run the whole test suite in a container
	docker compose -f compose.dev.yaml --profile test run --rm --build --no-deps tests

##@ Containers

.PHONY: up
up: ## Build and start the production stack (compose.prod.yaml); prints its address when healthy
	@deploy/bin/up

.PHONY: down
down: ## Stop the production stack; its data stays
	docker compose -f compose.prod.yaml --profile tls down

.PHONY: up-dev
up-dev: ## Start the development stack (compose.dev.yaml): hot reload, simulated Jira
	@deploy/bin/up-dev

.PHONY: down-dev
down-dev: ## Stop the development stack; its data stays
	docker compose -f compose.dev.yaml --profile sim --profile test down

.PHONY: backup
backup: ## Write database, configuration and mappings into one file under backups/ (STACK=prod|dev|bare)
	@deploy/bin/backup

.PHONY: restore
restore: ## Bring back a backup: FILE=backups/... (FORCE=1 also over newer data)
	@deploy/bin/restore $(FILE)

##@ Release

.PHONY: release
release: ## Write dist/: archives of the binary, checksums, notes out of CHANGELOG.md; keep the schema as the released one
	@deploy/bin/release

.PHONY: reproducible
reproducible: ## Build this commit twice, at different places, and compare
	@deploy/bin/reproducible

.PHONY: images
images: ## Build the images of the production stack (IMAGE_PREFIX=registry/team/ IMAGE_TAG=v1.2.3)
	VERSION='$(VERSION)' COMMIT='$(COMMIT)' docker compose -f compose.prod.yaml --profile tls build

.PHONY: push
push: images ## Push them
	docker compose -f compose.prod.yaml --profile tls push postgres backend frontend proxy

##@ Keep house

.PHONY: clean
clean: ## Remove what was built or fetched; the demo's data (.demo) stays
	rm -rf bin dist .cache frontend/node_modules frontend/playwright-report frontend/test-results
	find frontend/dist -mindepth 1 ! -name .keep -delete

# Files

$(SPA): $(MODULES) $(SPA_SOURCES)
	cd frontend && npm run --silent build
	@touch $@

$(MODULES): frontend/package-lock.json frontend/package.json
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.cache/bin/golangci-lint-v%:
	@echo "Building golangci-lint $* (once)"
	@GOBIN='$(CURDIR)/.cache/bin' go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$*
	@mv .cache/bin/golangci-lint $@

.cache/bin/air-v%:
	@echo "Building air $* (once)"
	@GOBIN='$(CURDIR)/.cache/bin' go install github.com/air-verse/air@v$*
	@mv .cache/bin/air $@

.PHONY: $(TESTDB)
$(TESTDB):
	@go build -buildvcs=false -o $@ ./db/dbtest/testdb
