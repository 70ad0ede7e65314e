# Every target works without activating anything: it builds what it needs first (`make setup`, quick when nothing changed).
# GNU make 3.81 (macOS) is enough.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first Python that is new enough to build the environments; the project itself runs on 3.13.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
PY := .venv/bin/python
ENV ?= dev
# What pytest runs: make test TESTS="tests/sales -k duplicate"
TESTS ?= tests
# Processes that run tests; a file stays with one of them.
WORKERS ?= 2

export DEMO SALES ENGINE OPENSEARCH_URL
# uv trusts what the system trusts, as pip does: a company's proxy may have certificates of its own.
export UV_SYSTEM_CERTS ?= true
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: setup
setup: ## Build the Python environments and the Node packages
	@if [ -z "$(PYTHON)" ]; then \
		echo "error: Python 3.11 or newer is missing: sudo apt-get install python3 python3-venv (macOS: brew install python)" >&2; \
		exit 1; fi
	@$(PYTHON) -m local.environments

.PHONY: up
up: setup ## Start the local cloud with demo data (DEMO=0: empty, SALES=path: this workbook, ENGINE=opensearch)
	@$(PY) -m local.up

.PHONY: encoder
encoder: setup ## Build the query encoder of search into build/encoder (once; `make up` and `make deploy` do it too)
	@$(PY) -m layers.encoder

.PHONY: down
down: ## Stop the local cloud; data and keys stay
	@if [ -x $(PY) ]; then $(PY) -m local.down; else echo "nothing runs: make up was never run here"; fi

.PHONY: reset
reset: ## Empty the local cloud without asking and leave it stopped
	@if [ -x $(PY) ]; then $(PY) -m local.down --reset; else echo "nothing to empty: make up was never run here"; fi

.PHONY: test
test: setup ## Run the tests on ports and folders of their own (TESTS="tests/sales -k duplicate": some of them)
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --durations 25 $(TESTS)

.PHONY: check
check: setup ## What CI runs: ruff, mypy, cdk synth, tests
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(MAKE) --no-print-directory synth
	@$(MAKE) --no-print-directory test

.PHONY: synth
synth: setup ## Synthesize the stacks of every environment, without AWS
	@set -o pipefail; for env in local dev prod; do \
		echo "cdk synth $$env"; \
		PATH="$(CURDIR)/.venv/bin:$$PATH" node_modules/.bin/cdk synth --quiet --output build/cdk.out/$$env -c env=$$env \
			2>&1 | sed '/^Supply a stack id/d' || exit 1; done

.PHONY: deploy
deploy: setup encoder ## Deploy into the account of your AWS profile (ENV=dev|prod); shows the differences first
	@$(PY) -m stacks.deploy $(ENV)

.PHONY: teardown
teardown: setup ## Delete a deployment (ENV=dev|prod); needs two switches, see docs/deploy.md
	@$(PY) -m stacks.deploy $(ENV) --teardown

.PHONY: bench
bench: setup ## Run the benchmarks and write build/bench/*.json
	@$(PY) -m benchmarks
