# Two commands are enough: "make" and "make test". "make help" lists the others.
#
# Stamp files in .venv make repeating cheap; "make clean" removes all that was made.

BIN := .venv/bin
INSTALLED := .venv/.installed
TESTS ?= tests

.DEFAULT_GOAL := build
.PHONY: build test check format generate bench lock clean help system samples lint types drift

build: $(INSTALLED)  ## check the sources, generate, self-test (the default)
	$(BIN)/interlock build

$(INSTALLED): requirements-dev.lock pyproject.toml scripts/setup-python.sh
	scripts/setup-python.sh
	@touch $@

test: $(INSTALLED) system samples check  ## install what tests need, then run every check and test
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

system:
	@scripts/setup-system.sh

samples: $(INSTALLED)  # ASN.1 modules written by others: fetched, never committed
	@$(BIN)/python tests/unit/asn1/foreign.py

check: lint types drift  ## lint, formatting, types, and that generated/ is up to date

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(INSTALLED)
	$(BIN)/mypy

drift: $(INSTALLED)
	$(BIN)/interlock generate --check

format: $(INSTALLED)  ## format the hand-written Python files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

generate: $(INSTALLED)  ## write generated/ anew
	$(BIN)/interlock generate

bench: $(INSTALLED)  ## measure the codecs and the gateway
	$(BIN)/interlock bench codec
	$(BIN)/interlock bench gateway

lock:  ## write requirements-dev.lock anew, keeping present versions
	scripts/lock.sh

clean:  ## remove the environment and everything tools left behind
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find generator verification generated tests -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile
