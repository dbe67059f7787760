# Everything a developer or CI does here. Needs Python 3.11 or newer and make, nothing else.
# Targets stay relative, as make cannot name a path with a space in it.

PYTHON ?= python3
ARGS ?=
STAMP := .venv/.installed
COMPILED := .venv/.compiled
UV := .local/uv/bin/uv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export CREDIT_LEDGER_REQUIRE_STACK ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install compile demo test check trace fmt lock clean picture up down bench replay

# An environment that was moved or copied knows its old place only: install it again.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(STAMP)
endif

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: $(STAMP) $(COMPILED) ## make .venv with everything in requirements.lock

$(STAMP): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'The credit ledger needs Python 3.11 or newer, and "$(PYTHON)" is not.'; \
		echo 'Install one and name it: make $(MAKECMDGOALS) PYTHON=python3.12'; exit 1; }
	@rm -f $(STAMP)
	@echo 'Making .venv with $(PYTHON), and installing into it what requirements.lock names: a minute or two.'
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	.venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@rm -f $(COMPILED)
	@printf '%s\n' "$(CURDIR)" > $(STAMP)
	@echo 'Installed. See .venv/bin/credit-ledger --help'

compile: $(COMPILED) ## compile the hot modules, where there is a C compiler

# Without a C compiler, or with one that fails, the same modules run as they are.
$(COMPILED): $(STAMP) ops/compile.py $(wildcard events/*.py events/*/*.py projections/*.py projections/*/*.py)
	@.venv/bin/python -m ops.compile || { find . -path ./.venv -prune -o -name '*.so' -exec rm -f {} +; \
		echo 'not compiled: the hot modules stay plain Python'; }
	@touch $(COMPILED)

demo: $(COMPILED) ## see it work from end to end
	.venv/bin/credit-ledger demo $(ARGS)

test: $(COMPILED) ## run every test, on a real Kafka and a real Postgres (ARGS='-k word': some)
	.venv/bin/python -m $(if $(ARGS),pytest $(ARGS),tests.side_by_side)

check: $(STAMP) ## lint, format, types and direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict
	.venv/bin/lint-imports

trace: $(STAMP) ## the plan's requirements, and the tests that show them
	@.venv/bin/python -m tests.trace

fmt: $(STAMP) ## format the code and mend what the linter can
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

up: $(COMPILED) ## start Kafka and Postgres, create topics and tables
	.venv/bin/credit-ledger up

down: $(STAMP) ## stop them; their data stays
	.venv/bin/python -m ops.local down

bench: $(COMPILED) ## measure (ARGS='...' are handed on)
	.venv/bin/credit-ledger bench $(ARGS)

replay: $(COMPILED) ## rebuild every state from Kafka alone and compare (ARGS='...')
	.venv/bin/credit-ledger replay $(ARGS)

picture: install ## take README's picture anew: a page of a ledger of its own, in a real browser
	.venv/bin/python -m tests.support.picture ops/pages/timeline.png

lock: $(UV) ## renew requirements.lock from pyproject.toml (ARGS=--upgrade for newer versions)
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --group dev \
		--custom-compile-command 'make lock' $(ARGS) pyproject.toml -o requirements.lock
	@! grep -nE 'https?://|^--' requirements.lock || { echo 'The lock names a host.'; exit 1; }

$(UV):
	"$(PYTHON)" -m venv .local/uv
	.local/uv/bin/python -m pip install --quiet uv

clean: ## stop and delete everything made here: environment, data, caches
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m ops.local erase; fi
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
