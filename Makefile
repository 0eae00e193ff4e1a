# Everything that is done more than once. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo pipeline-demo cluster images install test bench-peers gate gate-record check fmt lint doc deny release release-pgo setup build

# Where Cargo builds, whatever decides it: the default, the environment or a configuration file.
target_dir = $$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | column -t -s $$'\t' 2>/dev/null || \
		sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' $(MAKEFILE_LIST)

demo: build ## watch three releases being judged on this machine; ARGS="--release slow" for one of them
	@exec "$(target_dir)/debug/weir" demo $(ARGS)

pipeline-demo: build ## watch four pushes go from commit to production, or be stopped, on this machine (two minutes)
	@exec "$(target_dir)/debug/weir-pipeline-demo"

cluster: setup ## a real Kubernetes to play with, until Ctrl-C; ARGS=list, ARGS="image PROGRAM": see tests/cluster
	@cargo build --quiet --locked -p weir-cluster
	@exec "$(target_dir)/debug/weir-cluster" $(or $(ARGS),up)

# Debug builds, as the tests have them: good enough to try it.
images: build ## the images of manifests and manifests/examples/shop, given to the cluster of `make cluster`
	@cluster="$(target_dir)/debug/weir-cluster"; bin="$(target_dir)/debug"; \
	for program in weir weir-proxy weir-controller weir-load; do "$$cluster" image "$$bin/$$program" --name $$program:0.1.0; done; \
	for version in v1 v2 v3-failing; do \
		"$$cluster" image "$$bin/weir-load" --name weir-example:$$version --env WEIR_LOAD_VERSION_NAME=$$version \
			--env WEIR_LOAD_ERROR_SHARE=$$([ $$version = v3-failing ] && echo 20% || echo 0%); \
	done

install: setup ## the command weir, optimised, and what it needs beside it, into BIN (~/.local/bin)
	cargo build --locked --release -p weir -p weir-step -p weir-load
	@bin="$${BIN:-$$HOME/.local/bin}"; mkdir -p "$$bin" \
		&& for program in weir weir-step weir-load; do install "$(target_dir)/release/$$program" "$$bin/$$program"; done \
		&& ln -sf weir "$$bin/kubectl-weir" && echo "weir, kubectl-weir, weir-step and weir-load are in $$bin"

# Most end-to-end tests wait for other processes, so more of them run at a time than there are cores.
# The proxy's own suite runs a second time, with hyper in the place of our HTTP/1.1 codec. What is timed runs alone.
test: build ## every test, from unit to end to end
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} cargo test --workspace -- --skip alone::
	RUST_TEST_THREADS=1 cargo test --workspace --test integration --test e2e alone::
	WEIR_TEST_HTTP1=hyper RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} cargo test --workspace --test proxied -- --skip alone::

# Each program is built on its own, so that the features of one do not reach the other.
bench-peers: setup ## Weir beside nginx, HAProxy, Envoy and Pingora; ARGS="--only h1-small --out peers.md"
	cargo build --locked --release -p weir-proxy
	cargo build --locked --release -p weir-load
	cargo build --locked --release -p weir-bench-peers
	@exec "$(target_dir)/release/weir-bench-peers" $(ARGS)

gate: ## has the hot path grown? instructions, system calls and allocations per request; ARGS="--functions 40"
	@.ci/gate $(ARGS)

gate-record: ## record the hot path's figures as what later changes are compared with
	@.ci/gate --record $(ARGS)

check: setup fmt lint doc deny ## formatting, lints, documentation, dependencies

fmt: ## are the sources formatted?
	cargo fmt --check

lint: ## clippy, warnings are errors
	cargo clippy --workspace --all-targets -- -D warnings

# From an empty folder: every crate that is documented reads and writes the search index of all that lie there.
doc: ## documentation of every crate, warnings are errors
	@cargo clean --quiet --doc
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace

deny: ## licences, bans and sources of the dependencies
	.ci/deny

release: setup ## the programs, optimised
	cargo build --locked --release -p weir -p weir-controller -p weir-load -p weir-proxy -p weir-step
	@echo "The programs are in $(target_dir)/release."

release-pgo: ## weir-proxy, optimised by a run of itself; twice the time of release
	.ci/pgo

# The programs for the demo and for the tests that start them. The whole workspace is selected, so that demo and tests agree on the
# features of every dependency and compile each of them once.
build: setup
	cargo build --workspace --bins

setup:
	@.ci/setup
