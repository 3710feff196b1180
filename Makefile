# DreamQL. `make run` sets up and starts it; `make test` sets up and runs every test; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += -j2 # Go compiles while npm downloads

# One setting for building and testing, so that what one compiles the other finds.
export CGO_ENABLED := 0

GO_SOURCES  := $(shell find cmd engine registry runtimes server migrations web/embed.go -type f -not -path '*/testdata/*' -not -name '*_test.go' 2>/dev/null) go.mod go.sum
WEB_SOURCES := $(shell find web -type f -not -path 'web/dist/*' -not -path '*/node_modules/*' 2>/dev/null)

run: build ## set up what is missing and start DreamQL on 127.0.0.1:8080
	@exec bin/dreamql serve --stop-with-parent

build: bin/dreamql ## make bin/dreamql with the web pages inside

test: .stamps/test-tools .stamps/corpora bin/dreamql ## set up what is missing and run every test
	@scripts/test

e2e: .stamps/test-tools .stamps/corpora bin/dreamql ## the browser and whole-system tests alone
	@scripts/test e2e

bench: bin/dreamql ## measure against baselines in the same run
	@scripts/bench

bench-udf: bin/dreamql ## what functions cost, beside Go, DuckDB and ClickHouse: ARGS='-only WASM', ARGS='-write bench/UDF.md'
	@scripts/bench-udf $(ARGS)

bench-engine: bin/dreamql ## queries beside DuckDB and ClickHouse: ARGS='-set tpch', ARGS='-only q01', ARGS='-write bench/RESULTS.md'
	@scripts/bench-engine $(ARGS)

bench-estimates: bin/dreamql ## how far estimates of rows are off, over TPC-H: ARGS='-worst 30'
	@scripts/corpora tpch1
	@go run ./bench/estimates $(ARGS)

check-memory: bin/dreamql ## TPC-H at scale factor 1 with 256 MB gives the same rows as without a limit: ARGS='-memory 128MB -only q18'
	@scripts/corpora tpch1
	@go run ./bench/memory $(ARGS)

bench-syntax: .stamps/toolchain ## how long 1 MB of source takes to parse and to format
	go test ./engine/syntax -run '^$$' -bench . -benchmem

test-simd: .stamps/toolchain ## the engine's loops and expressions, compiled with GOEXPERIMENT=simd
	GOEXPERIMENT=simd go test $(if $(SIMD),$(SIMD),./engine/kernels ./engine/funcs ./engine/expr)

bench-kernels: .stamps/toolchain ## the loops of expressions in every way that there is: plain, assembly, simd
	GOEXPERIMENT=simd go test ./engine/kernels -run '^$$' -bench . -benchtime 100ms

bench-hostile: .stamps/test-tools bin/dreamql ## how long one guest's queries take alone and beside each attack of another: SAMPLES=100
	DREAMQL_BIN=$(CURDIR)/bin/dreamql go test -count=1 ./e2e -run 'TestHostile$$' -v -timeout 30m -hostile.samples $(or $(SAMPLES),100) | grep -E 'beside|^(ok|---|FAIL)'

fuzz-queries: .stamps/toolchain ## random programs against the oracle: QUERIES=10000, SEED=0 (0: a random one)
	go test ./engine/oracle -run TestRandom -v -timeout 60m -queries $(or $(QUERIES),10000) -seed $(or $(SEED),0)

generate: .stamps/npm ## write everything that is generated
	go generate ./...
	npm run --silent generate

fmt: ## format all sources
	gofmt -w cmd engine registry runtimes server migrations e2e web/embed.go

lint: .stamps/npm ## vet, formatting and types
	@test -z "$$(gofmt -l cmd engine registry runtimes server migrations e2e web/embed.go)" || { echo "not formatted (make fmt mends it):"; gofmt -l cmd engine registry runtimes server migrations e2e web/embed.go; exit 1; }
	go vet ./...
	npm run --silent lint

verify: generate ## generate again and fail if anything differs
	@git diff --exit-code -- ':!web/dist' || { echo "generated files were not up to date; commit the difference"; exit 1; }

clean: ## remove what was built (data stays)
	rm -rf bin .stamps web/dist/assets web/dist/index.html

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

bin/dreamql: $(GO_SOURCES) web/dist/index.html | .stamps/engine
	@echo "» building bin/dreamql"
	@mkdir -p bin
	@go build -o bin/.linked ./cmd/dreamql
	@cp bin/.linked bin/.copied && mv bin/.copied bin/dreamql && rm bin/.linked # of what a linker has just written, all would count as memory
	@echo "» preparing the Python interpreter"
	@bin/dreamql executor --warm

web/dist/index.html: $(WEB_SOURCES) .stamps/npm
	@echo "» building the web pages"
	@npm run --silent build
	@touch $@

.stamps/engine: | .stamps/toolchain
	@echo "» compiling the engine (the first time takes about two minutes)"
	@go build ./engine/... ./registry/... ./runtimes/...
	@mkdir -p .stamps && touch $@

.stamps/npm: package.json package-lock.json | .stamps/toolchain
	@echo "» installing npm packages"
	@npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p .stamps && touch $@

.stamps/toolchain: scripts/toolchain
	@scripts/toolchain
	@mkdir -p .stamps && touch $@

.stamps/test-tools: scripts/test-tools | .stamps/toolchain
	@scripts/test-tools
	@mkdir -p .stamps && touch $@

.stamps/corpora: scripts/corpora $(wildcard scripts/corpora.d/*) | .stamps/test-tools
	@scripts/corpora
	@mkdir -p .stamps && touch $@

.PHONY: run build test e2e bench bench-hostile bench-udf bench-engine bench-estimates check-memory bench-syntax bench-kernels test-simd fuzz-queries generate fmt lint verify clean help
