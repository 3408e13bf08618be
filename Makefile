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
SKEW_VENV := .venv-verify-skew
JSII_CACHE := .local/jsii
# Bytecode is written when a module is first imported: compiling all of the CDK takes longer than installing it.
# Without any, each synth would compile the CDK anew, which takes twice as long as the synth.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := $(PY) -m pip install --quiet --no-compile

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# A private jsii cache, for `setup` to fill.
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/$(JSII_CACHE)
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1
export CDK_DISABLE_CLI_TELEMETRY := true
export AWS_EC2_METADATA_DISABLED := true
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Empty unless somebody chose it: by word on the command line, or in the environment.
named = $(if $(filter file,$(origin $(1))),,$(2))

.PHONY: help setup same-python setup-dev demo deploy-local local-env stop-local test verify check format synth snapshots schema diagram bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: same-python node_modules/.installed $(JSII_CACHE)/.filled ## install what runs, below this folder: .venv and node_modules

setup-dev: setup $(VENV)/.installed-dev ## install what tests and checks need too

# A Python that was named, where .venv has another one.
PYTHON_VERSION := -c 'import sys; print(*sys.version_info[:2], sep=".")'
same-python:
	@$(call named,PYTHON,test ! -x $(PY) || $(call same_version,$$($(PYTHON) $(PYTHON_VERSION)),$$($(PY) $(PYTHON_VERSION))))
same_version = test "$(1)" = "$(2)" || { echo "PYTHON=$(PYTHON) is Python $(1) but $(VENV) has $(2): \`make clean\` first"; exit 1; }

# One that was interrupted before it had its pip is made anew.
venv = $(1)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(1)

$(VENV)/.installed: requirements.txt requirements-local.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python {v[0]}.{v[1]} is too old: 3.11 or newer is needed (make PYTHON=python3.12 ...)")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python has no venv module: on Debian, apt install python3-venv"; exit 1; }
	@echo "installing Python packages into $(VENV) (once; 40 s on two cores when pip has them in its cache)"
	@$(call venv,$(VENV))
	@$(PIP_INSTALL) -r requirements.txt -r requirements-local.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-data.txt $(VENV)/.installed
	@echo "installing what tests and checks need into $(VENV)"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@$(PIP_INSTALL) --no-deps -r requirements-data.txt
	@touch $@

node_modules/.installed: package.json package-lock.json $(VENV)/.installed
	@echo "installing the CDK command-line tool into node_modules"
	@npm ci --silent --no-progress
	@touch $@

# Filled before anything runs in parallel: two processes that fill a cold one can break each other.
$(JSII_CACHE)/.filled: $(VENV)/.installed
	@$(PY) -c 'import cdk_nag, stacks.lifecycle_app'
	@touch $@

demo: setup ## the whole life of a model on the embedded AWS (MODEL=house-prices)
	@$(PY) -m cli.demo $(MODEL)

# Some web shells export a PORT for programs of theirs.
of_the_shell = echo "port $(PORT), as this shell's variable PORT says: \`unset PORT\` for the usual one"
deploy-local: setup ## start an embedded AWS that stays, and deploy to it (PORT=4566)
	@$(if $(filter environment,$(origin PORT)),$(of_the_shell),:)
	@$(PY) -m cli.local deploy $(call named,PORT,--port "$(PORT)") --environment "$(ENVIRONMENT)"

local-env: ## the export lines that send any AWS client to it: eval "$(make -s local-env)"; UNSET=1 takes them back
	@test -x $(PY) || { echo "false # nothing is exported"; echo "nothing is set up here yet: \`make deploy-local\` does that too" >&2; exit 1; }
	@$(PY) -m cli.local env $(if $(UNSET),--unset)

stop-local: ## stop it
	@if test -x $(PY); then $(PY) -m cli.local stop; else echo "no embedded AWS is running: nothing is set up here"; fi

# Groups of tests, each a process: the embedded AWS patches moto, which the unit tests have as it is. The longest
# first; six more at a time than there are cores, because those with an embedded AWS mostly wait for its clock.
TEST_GROUPS := test-training test-rotation test-survival test-sagemaker test-templates test-unit test-life \
	test-services test-acceptance
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() + 6)')
# Those that wait for nothing take what time the others leave.
test-templates test-unit: NICE := nice
test-acceptance: TESTS := tests/acceptance
test-life: TESTS := tests/integration/life
test-training: TESTS := tests/integration/training
SURVIVAL := $(patsubst %,tests/integration/rotation/test_%.py,bad_endings crashes events in_the_way privileges queue)
test-rotation: TESTS := $(filter-out $(SURVIVAL),$(wildcard tests/integration/rotation/test_*.py))
test-survival: TESTS := $(SURVIVAL)
test-sagemaker: TESTS := tests/integration/sagemaker
test-services: TESTS := $(filter-out %/__pycache__ %/life %/rotation %/sagemaker %/training,$(patsubst %/,%,$(wildcard tests/integration/*/)))
# What synthesizes; a folder of tests/unit that is none of these is the other group's.
TEMPLATES := tests/unit/constructs tests/unit/stacks
test-templates: TESTS := $(TEMPLATES) tests/snapshot tests/security
test-unit: TESTS := $(filter-out %/__pycache__/ $(addsuffix /,$(TEMPLATES)),$(wildcard tests/unit/*/)) $(wildcard tests/unit/test_*.py)

.PHONY: $(TEST_GROUPS)
$(TEST_GROUPS): setup-dev
	@echo "$@"
	@$(NICE) $(PY) -m pytest --quiet -o cache_dir=.pytest_cache/$@ $(TESTS)

test: setup-dev ## all tests that CI runs (JOBS=8 at once; test-unit and others: one group)
	@echo "running $(TEST_GROUPS), $(JOBS) at a time; each tells when it ends"
	@$(MAKE) --no-print-directory --jobs=$(JOBS) --keep-going $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(TEST_GROUPS)

# The toolkits of other people that judge ours want packages that .venv must not have.
$(VERIFY_VENV)/.installed: requirements-verify.txt requirements-verify-serving.txt
	@echo "installing the toolkits of the slow tests into $(VERIFY_VENV)"
	@$(call venv,$(VERIFY_VENV))
	@$(VERIFY_VENV)/bin/python -m pip install --quiet -r requirements-verify.txt
	@$(VERIFY_VENV)/bin/python -m pip install --quiet --no-deps -r requirements-verify-serving.txt
	@touch $@

$(SKEW_VENV)/.installed: requirements-verify-skew.txt
	@echo "installing another scikit-learn into $(SKEW_VENV)"
	@$(call venv,$(SKEW_VENV))
	@$(SKEW_VENV)/bin/python -m pip install --quiet -r requirements-verify-skew.txt
	@touch $@

verify: setup-dev $(VERIFY_VENV)/.installed $(SKEW_VENV)/.installed ## the slow tests, by toolkits that others wrote
	@$(PY) -m pytest tests/verify

check: setup-dev ## lint, format and types
	@ruff check .
	@ruff format --check .
	@pyright

format: setup-dev ## put the code into the one format
	@ruff check --fix .
	@ruff format .

synth: setup ## the templates, into cdk.out (ENVIRONMENT=dev)
	@rm -rf cdk.out
	@$(VENV)/bin/node node_modules/aws-cdk/bin/cdk synth --quiet --no-notices --no-lookups -c environment=$(ENVIRONMENT) 2>&1 \
		| sed '/^Supply a stack id /d'
	@echo "the templates: cdk.out/*.template.json"

snapshots: setup-dev ## accept the templates as they are now; review them as a diff
	@UPDATE_SNAPSHOTS=1 $(PY) -m pytest tests/snapshot

schema: setup ## write schema/model.schema.json anew
	@$(PY) -m sagemaker_lifecycle.model_specs schema > schema/model.schema.json

diagram: setup ## draw the pictures in docs/ and write its tables anew
	@$(PY) -m docs.diagram
	@$(PY) -m docs.resource_types

bench: setup-dev $(VERIFY_VENV)/.installed ## measure, and write docs/performance.md
	@$(PY) -m bench

clean: ## stop the embedded AWS, and remove what `make` made
	@if test -x $(PY); then $(PY) -m cli.local stop || true; fi
	rm -rf $(VENV) $(VERIFY_VENV) $(SKEW_VENV) node_modules cdk.out .cdk.staging .local .pytest_cache .ruff_cache
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
