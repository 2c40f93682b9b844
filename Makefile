# `make test` and `make demo` need Python 3.11 or newer and nothing else: they set up .venv first.
# `make test` also installs Chromium, gcc, Octave and Scilab where they are missing (tools/system_packages.sh).
# To use another Python than the one found: make PYTHON=python3.12 …

BIN := .venv/bin
READY := .venv/ready

PROGRAMS ?= 100000
KINDS ?= derivatives native training formulas

PAGE_SOURCES := $(wildcard page/src/*) page/template.html page/vite.config.js page/package-lock.json

.PHONY: help test demo page pages outputs system fuzz bench lint types floors format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

test: system lint types floors ## every check and every test
	$(BIN)/pytest --numprocesses auto --quiet

demo: $(READY) ## fit a classifier to the breast cancer data and write its report to build/
	@mkdir -p build
	$(BIN)/kobai fit examples/data/breast_cancer.csv --target diagnosis \
		--out build/breast_cancer.kobai --report build/breast_cancer.html

system: ## install the Debian packages that tests use, where they are missing
	@tools/system_packages.sh

page: src/kobai/derivation/page.html ## build the page of a derivation from page/; needs Node 20 and npm

src/kobai/derivation/page.html: $(PAGE_SOURCES)
	cd page && npm ci --no-audit --no-fund && npm run build

pages: $(READY) ## write the pages of the seeds' derivations to build/pages/
	$(BIN)/python -m tools.seed_pages build/pages

outputs: $(READY) ## write what the programs in docs/seeds print below them
	$(BIN)/python -m tools.page_programs docs/seeds/*.*.md

fuzz: $(READY) ## run PROGRAMS random programs of each of KINDS and compare; 100,000 take hours
	$(BIN)/python -m tests.support.fuzz $(PROGRAMS) $(KINDS)

bench: $(READY) ## compare with NumPy, torch, JAX, autograd, numba and C; writes docs/benchmarks.md
	@$(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip install -qq --disable-pip-version-check --editable . \
		--requirement benchmarks/requirements.txt
	.venv-bench/bin/python -W ignore -m benchmarks

lint: $(READY) ## ruff: rules and layout
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet

types: $(READY) ## mypy, strict
	$(BIN)/mypy

floors: $(READY) ## import-linter: who may import whom
	$(BIN)/lint-imports --no-logo

format: $(READY) ## lay out the code and mend what ruff can
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

clean: ## remove what was built and cached; .venv stays
	rm -rf .venv-bench page/node_modules build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Installed anew when the project's metadata changes; the code itself is installed as editable.
$(READY): pyproject.toml tools/venv.sh
	@echo "Setting up .venv"
	@tools/venv.sh
	@touch $@
