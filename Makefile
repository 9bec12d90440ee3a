# Two commands matter: `make demo` and `make test`. Each does all of its own set-up; `make help` lists the rest.
# Needs only python3 (3.11 or newer), pip and make. Everything lands in .venv/ and .tools/ beside this file.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
OWN_UV := .tools/bin/uv
# A recent uv on the PATH is used as it is; otherwise pip brings one into .tools/.
ifndef UV
UV := $(shell uv --version 2>/dev/null | grep -Eq '^uv (0\.(9|[1-9][0-9])|[1-9][0-9]*)\.' && command -v uv || echo $(OWN_UV))
endif
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys._base_executable)' 2>/dev/null && break; done)
endif

BIN := .venv/bin
VENDOR := src/saleswright/faces/web/static/vendor
INSTALLED := .venv/.installed
BUNDLED := .venv/.bundled
ARGS ?=

# The environment of the project alone: no download of another Python, no other environment's packages.
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME

.PHONY: help setup demo test nightly check format docs bench build clean

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):.*## */\1|/' | awk -F'|' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(BUNDLED) ## leave a ready .venv with the saleswright command

demo: setup ## generate a sample company, print its first screen, serve it in the browser
	$(BIN)/saleswright demo $(ARGS)

test: setup ## run the tests (make test ARGS=tests/lib for a part)
	$(BIN)/pytest $(ARGS)

nightly: setup ## run the tests in their long versions
	SALESWRIGHT_NIGHTLY=1 $(BIN)/pytest $(ARGS)

check: setup ## format, lint, types, imports, freshness of the generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/saleswright docs --check

format: setup ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup ## write the generated reference
	$(BIN)/saleswright docs

bench: setup ## measure one benchmark: make bench NAME=import
	@test -n "$(NAME)" || { echo "name one: make bench NAME=import (python -m bench lists them)"; exit 2; }
	@$(BIN)/python -m bench $(NAME) $(ARGS)

build: setup ## build the wheel and the source archive into dist/
	$(UV) build

clean: ## remove everything that make put here
	rm -rf .venv .tools dist build $(VENDOR) .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(OWN_UV): Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	PIP_ROOT_USER_ACTION=ignore "$(PYTHON)" -m pip install --quiet --disable-pip-version-check --upgrade --target .tools "uv==$(UV_VERSION)"
	@touch $@

$(INSTALLED): pyproject.toml uv.lock $(filter $(OWN_UV),$(UV))
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	SALESWRIGHT_BUNDLE=later "$(UV)" sync --quiet --locked --all-groups --compile-bytecode --python "$(PYTHON)"
	@touch $@

# The charts' JavaScript: made once, about ten seconds. Made again when its recipe changes or the files are gone.
ifeq ($(wildcard $(VENDOR)/*),)
.PHONY: $(BUNDLED)
endif
$(BUNDLED): $(INSTALLED) $(wildcard src/saleswright/faces/web/bundle.py)
	$(BIN)/python -m saleswright.faces.web.bundle
	@touch $@
