# Every target does its own set-up: a virtual environment in .venv from the hashed lock in constraints/.
# Needs make and Python 3.11 or newer with venv, nothing else; uv is used when it is there.

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
READY := .venv/.ready

.PHONY: help venv demo demo-full test test-bare official oracle fuzz bench lint format lock clean
.DELETE_ON_ERROR:

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# The stamp is the last thing that tools/venv.sh writes, so an interrupted set-up starts over.
$(READY): constraints/dev.txt pyproject.toml tools/venv.sh
	@PYTHON="$(PYTHON)" tools/venv.sh

venv: $(READY)  ## make .venv, or bring it up to date

demo: $(READY)  ## a LiveKit server, a call between two participants, then a small app moved from Mediasoup to LiveKit
	@$(BIN)/lkm demo $(ARGS)

demo-full: $(READY)  ## the whole move of that app with Docker, calls in a browser on both stacks, its builds; ARGS=--keep
	@$(BIN)/python -m tests.e2e.call.demo $(ARGS)

test: $(READY)  ## the tests; ARGS goes to pytest: make test ARGS="-k token -x"
	@$(BIN)/python -m pytest $(ARGS)

test-bare:  ## make demo and make test in a bare Debian 12 root file system (Linux, as root)
	@tests/bare/run.sh

oracle: $(READY)  ## lint against the real servers, 2,000 configurations each (Linux, as root); ARGS="--count 200 --seed 1"
	@$(BIN)/python -m tests.oracle $(ARGS)

fuzz: $(READY)  ## 20,000 random programs print the same before and after the folding (Node.js); ARGS="--seed 7"
	@$(BIN)/python -m tests.cleanup.fuzz $(ARGS)

official: $(READY)  ## the end-to-end tests with the official images, pulled into your Docker engine
	@tools/images.sh --official
	@LKM_REQUIRE=docker $(BIN)/python -m pytest tests/e2e $(ARGS)

bench: $(READY)  ## start-up and health, as ratios against a reference in the same run
	@$(BIN)/python -m bench $(ARGS)

lint: $(READY)  ## ruff, mypy, import rules, shellcheck when it is there, what must not be in a file
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_text.py
	@if command -v shellcheck >/dev/null; then set -x; shellcheck tools/*.sh tools/images/*/*.sh tests/bare/*.sh tests/fakes/tls/*.sh .ci/run; \
	else echo "shellcheck: skipped, not installed"; fi

format: $(READY)  ## let ruff rewrite the Python files
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock:  ## write constraints/*.txt anew; ARGS goes to uv: make lock ARGS=--upgrade
	@PYTHON="$(PYTHON)" tools/lock.sh $(ARGS)

clean:  ## remove .venv and every cache of the tools; what lkm keeps stays (see docs/uninstall.md)
	rm -rf .venv dist build tools/*/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
