# The two commands of the README, and what a developer runs. The work is in scripts/, fixtures/ and contracts/.

MAKEFLAGS += --no-print-directory
DEMO_ARGS ?=
ROW ?=
.DEFAULT_GOAL := help
TARGET ?=
SECONDS ?= 60
.PHONY: help demo test fuzz bench lint fmt contracts fixtures

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# stdout belongs to the demo: with DEMO_ARGS="--json" it is that JSON and nothing else.
demo: ## watch a deal become a proved result (DEMO_ARGS="--workers 3 --json")
	@scripts/setup.sh demo 1>&2
	@cargo run --release --locked -- demo $(DEMO_ARGS)

test: ## everything that must hold
	@scripts/test.sh

fuzz: ## input at random against what must hold of it (TARGET=zip SECONDS=60; all targets by default)
	@scripts/setup.sh ci
	@scripts/fuzz.sh $(SECONDS) $(TARGET)

# The parts by themselves: cargo bench --bench micro
bench: ## what it costs, beside its peers, into benches/RESULTS.md (ROW=unzip for one row)
	@scripts/setup.sh bench
	@PATH="$$PATH:$(CURDIR)/target/bench-tools/node_modules/.bin" ROW=$(ROW) cargo bench --locked --bench rows

lint: ## format, clippy, licences, advisories
	@scripts/setup.sh ci
	@scripts/lint.sh

fmt: ## format the sources
	@cargo fmt

contracts: ## compile the Solidity anew into contracts/artifacts
	@scripts/setup.sh test
	@contracts/build.sh

fixtures: ## build the images of the sample dapps, and their inputs
	@scripts/setup.sh test
	@fixtures/build.sh
