# Each target does its own set-up: it needs only python3.11 with ensurepip, make and a C compiler.
# Everything made goes to .venv and .hatch in this directory; `make clean` removes both.

PYTHON ?= $(shell python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
            && echo python3 || echo python3.11)
HATCH := .venv/bin/hatch
ARGS ?=

export HATCH_DATA_DIR := $(CURDIR)/.hatch/data
export HATCH_CACHE_DIR := $(CURDIR)/.hatch/cache
export UV_COMPILE_BYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help compiled demo test bench asv site serve browser pr fuzz fuzz-traces \
        stress cpython-tests library-tests types lint clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 22
	@echo "Arguments: make bench ARGS='nbody richards --rounds 5'"

demo: $(HATCH) compiled  ## run an unmodified program under CPython and under hotloop, side by side
	@$(HATCH) run demo:main $(ARGS)

test: $(HATCH) compiled  ## ruff, mypy --strict, import-linter, then every test
	@$(HATCH) run all $(ARGS)

bench: $(HATCH) compiled  ## measure the benchmark programs against CPython and every peer found (hours)
	@$(HATCH) run bench $(ARGS)

asv: $(HATCH) compiled  ## measure the commit that is checked out for the history (BENCH_PROGRAMS=fib,numeric for a part)
	@$(HATCH) run asv:measure $(ARGS)

site: $(HATCH)  ## publish the history as static pages in build/site; make serve shows them
	@$(HATCH) run asv:site $(ARGS)

serve: $(HATCH) compiled  ## show the published history on this machine: http://127.0.0.1:8042/
	@$(HATCH) run hotloop bench serve $(ARGS)

browser: $(HATCH)  ## open the published pages in a headless Chromium and take a screenshot
	@$(HATCH) run asv:browser $(ARGS)

pr: $(HATCH) compiled  ## is HEAD slower than main? (asv continuous, a few programs)
	@$(HATCH) run asv:compare $(ARGS)

SECONDS ?= 60
FIRST ?= 0
MODE ?= hot
fuzz: $(HATCH) compiled  ## random programs in random stress modes: make fuzz SECONDS=60 FIRST=0 ARGS='--keep kept'
	@$(HATCH) run python tools/fuzz.py $(FIRST) --seconds $(SECONDS) --stress random $(ARGS)

fuzz-traces: $(HATCH) compiled  ## random traces through all stages: make fuzz-traces SECONDS=60 FIRST=0
	@$(HATCH) run python tools/fuzz_traces.py $(FIRST) --seconds $(SECONDS)

stress: $(HATCH) compiled  ## small programs in every stress mode (hours): make stress ARGS='--modes collections,verified calls floats'
	@$(HATCH) run python tools/stress.py $(ARGS)

cpython-tests: $(HATCH) compiled  ## CPython's own test modules: make cpython-tests MODE=hot|guards|interp ARGS='binop'
	@$(HATCH) run python tools/cpython_tests.py --mode $(MODE) $(ARGS)

library-tests: $(HATCH)  ## test suites of libraries: make library-tests MODE=hot|guards|ordinary ARGS='toolz'
	@$(HATCH) run python tools/library_tests.py --mode $(MODE) $(ARGS)

types: $(HATCH)  ## mypy --strict on everything
	@$(HATCH) run types $(ARGS)

lint: $(HATCH)  ## ruff and import-linter
	@$(HATCH) run lint

clean:  ## remove environments, caches and build products
	rm -rf .venv .hatch build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(HATCH):
	@echo "setting up .venv with $(PYTHON) (once)"
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if v == (3, 11) else \
	    "hotloop needs CPython 3.11, $(PYTHON) is %d.%d; try: make PYTHON=/path/to/python3.11" % v)'
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -qq --disable-pip-version-check 'hatch>=1.18,<2'

# Also where PYTHONDONTWRITEBYTECODE is set: there every start would compile all packages anew.
compiled:
	@$(PYTHON) -m compileall -q packages/*/src
