# Everything that is done more than once. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo cluster test bench-peers gate gate-record check fmt lint doc deny release release-pgo setup build

# Where Cargo builds, whatever decides it: the default, the environment or a configuration file.
target_dir = $$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | column -t -s $$'\t' 2>/dev/null || \
		sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' $(MAKEFILE_LIST)

demo: build ## watch three releases being judged on this machine; ARGS="--release slow" for one of them
	@exec "$(target_dir)/debug/weir" demo $(ARGS)

cluster: setup ## a real Kubernetes to play with, until Ctrl-C; ARGS=list, ARGS="image PROGRAM": see tests/cluster
	@cargo build --quiet --locked -p weir-cluster
	@exec "$(target_dir)/debug/weir-cluster" $(or $(ARGS),up)

# Most end-to-end tests wait for other processes, so more of them run at a time than there are cores.
# The proxy's own suite runs a second time, with hyper in the place of our HTTP/1.1 codec.
test: build ## every test, from unit to end to end
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} cargo test --workspace
	WEIR_TEST_HTTP1=hyper RUST_TEST_THREADS=$${RUST_TEST_THREADS:-6} cargo test --workspace --test integration

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

doc: ## documentation of every crate, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace

deny: ## licences, bans and sources of the dependencies
	.ci/deny

release: setup ## the programs, optimised
	cargo build --locked --release --workspace --bins
	@echo "The programs are in $(target_dir)/release."

release-pgo: ## weir-proxy, optimised by a run of itself; twice the time of release
	.ci/pgo

# The programs for the demo and for the tests that start them. The whole workspace is selected, so that demo and tests agree on the
# features of every dependency and compile each of them once.
build: setup
	cargo build --workspace --bins

setup:
	@.ci/setup
