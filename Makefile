# Every verb of the project; CI calls the same ones. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
MODEL ?= house-prices
ENVIRONMENT ?= dev
PORT ?= 4566

VENV := .venv
PY := $(VENV)/bin/python
VERIFY_VENV := .venv-verify
PINS := requirements.txt requirements-local.txt requirements-dev.txt constraints.txt pyproject.toml

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A private jsii cache: two processes that fill a shared cold one can break each other.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/.local/jsii
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
export CDK_DISABLE_CLI_TELEMETRY := true
export AWS_EC2_METADATA_DISABLED := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo deploy-local local-env stop-local test verify check format synth snapshots schema diagram bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(VENV)/.installed node_modules/.installed ## install everything below this folder: .venv and node_modules

$(VENV)/.installed: $(PINS)
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python {v[0]}.{v[1]} is too old: 3.11 or newer is needed (make PYTHON=python3.12 ...)")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python has no venv module: on Debian, apt install python3-venv"; exit 1; }
	@echo "installing Python packages into $(VENV) (a minute or two, once)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet -r requirements.txt -r requirements-local.txt -r requirements-dev.txt
	@touch $@

node_modules/.installed: package.json package-lock.json $(VENV)/.installed
	@echo "installing the CDK command-line tool into node_modules"
	@npm ci --silent --no-progress
	@mkdir -p .local && touch $@

demo: setup ## the whole life of a model on the embedded AWS (MODEL=house-prices)
	@$(PY) -m cli.demo $(MODEL)

deploy-local: setup ## start an embedded AWS that stays, and deploy to it (PORT=4566)
	@$(PY) -m cli.local deploy --port $(PORT) --environment $(ENVIRONMENT)

local-env: ## the export lines that send any AWS client to it: eval "$(make -s local-env)"
	@$(PY) -m cli.local env

stop-local: ## stop it
	@$(PY) -m cli.local stop

# In two processes: the embedded AWS of the second patches moto, which the first has as it is.
test: setup ## all tests that CI runs
	@$(PY) -m pytest tests/unit tests/snapshot tests/security
	@$(PY) -m pytest tests/integration $(wildcard tests/acceptance)

# The toolkits of other people that judge ours want packages that .venv must not have.
$(VERIFY_VENV)/.installed: requirements-verify.txt
	@echo "installing the toolkits of the slow tests into $(VERIFY_VENV)"
	@test -x $(VERIFY_VENV)/bin/python || $(PYTHON) -m venv $(VERIFY_VENV)
	@$(VERIFY_VENV)/bin/python -m pip install --quiet -r requirements-verify.txt
	@touch $@

verify: setup $(if $(wildcard requirements-verify.txt),$(VERIFY_VENV)/.installed) ## the slow tests, by toolkits that others wrote
	@$(PY) -m pytest tests/verify

check: setup ## lint, format and types
	@ruff check .
	@ruff format --check .
	@pyright

format: setup ## put the code into the one format
	@ruff check --fix .
	@ruff format .

synth: setup ## the templates, into cdk.out (ENVIRONMENT=dev)
	@rm -rf cdk.out
	@$(VENV)/bin/node node_modules/aws-cdk/bin/cdk synth --quiet --no-notices --no-lookups -c environment=$(ENVIRONMENT)

snapshots: setup ## accept the templates as they are now; review them as a diff
	@UPDATE_SNAPSHOTS=1 $(PY) -m pytest tests/snapshot

schema: setup ## write schema/model.schema.json anew
	@$(PY) -m sagemaker_lifecycle.model_specs schema > schema/model.schema.json

diagram: setup ## draw the pictures in docs/ and write its tables anew
	@$(PY) -m docs.diagram
	@$(PY) -m docs.resource_types

bench: setup ## measure, and write docs/performance.md
	@$(PY) -m bench

clean: ## remove what `make` made
	rm -rf $(VENV) $(VERIFY_VENV) node_modules cdk.out .local
