# capi: everything a developer or a newcomer runs. Needs Python >= 3.11, pip and make, nothing else.
# Each target makes the virtual environment itself when it is missing or older than pyproject.toml.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
USE    := $(VENV)/.ready-to-use
DEV    := $(VENV)/.ready-to-develop
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help paper fast check-fast test sim scenarios incidents crash-sweep fuzz mutate core-coverage format format-check lint types contracts check bench venv clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

paper: $(USE) ## trade a bundled market on the paper exchange (ARGS="--seed 8" passes options on)
	@$(BIN)/capi paper $(ARGS)

fast: $(DEV) ## compile what a replay runs through, for months of prices: build/fast/capi-paper (needs a C compiler)
	@$(BIN)/python -m compiled.build

check-fast: fast ## the tests of replays, and the properties, on what was compiled
	@PYTHONPATH=build/fast $(BIN)/python -m pytest -q -n auto tests/replay tests/properties

test: $(DEV) ## all tests, on all cores (ARGS="-k chase" passes options on; ARGS="-n 0" for one process)
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

SEEDS ?= 1000
FROM  ?= 0

sim: $(DEV) ## the engine through SEEDS bad days, from seed FROM on, on all cores (SEEDS=10000: under 20 minutes on two)
	@$(BIN)/python -m capi.cli.simulation --seeds $(SEEDS) --from $(FROM) $(ARGS)

scenarios: $(USE) ## play every incident of docs/incidents.md, as a table
	@$(BIN)/capi paper --scenario fixtures/scenarios $(ARGS)

incidents: $(USE) ## write docs/incidents.md anew from fixtures/scenarios
	@$(BIN)/python -m capi.cli.scenario.page fixtures/scenarios > docs/incidents.md.new && mv docs/incidents.md.new docs/incidents.md

crash-sweep: $(DEV) ## end the engine at every operation of a dozen trades, and at every pair of them (an hour)
	@HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest tests/crash $(ARGS)

fuzz: $(DEV) ## a million odd documents for every reader (ARGS="--inputs 100000 --seed 7" for another campaign)
	@$(BIN)/python -m tests.fuzz $(ARGS)

mutate: $(DEV) ## change the core's code and see whether a test fails: score and survivors (about eight minutes)
	@$(BIN)/python benchmarks/mutation.py

core-coverage: $(DEV) ## fail unless the core's own tests cover it completely, branches too
	@report=$$($(BIN)/python -m pytest tests/core tests/test_fixtures.py -q -n auto --cov=capi.core --cov-branch \
	    --cov-report=term-missing:skip-covered --cov-fail-under=100 2>&1) || { printf '%s\n%s\n' "$$report" \
	    'The core must be covered to 100 %, branches too: test what is listed as missing, or remove it.' >&2; exit 1; }

format: $(DEV) ## rewrite the code in its format, and fix what lint can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

format-check: $(DEV) ## is the code in its format?
	@$(BIN)/ruff format --check .

lint: $(DEV) ## ruff, with the core's bans
	@$(BIN)/ruff check .

types: $(DEV) ## mypy --strict over src and tests
	@$(BIN)/mypy

contracts: $(DEV) ## do imports point inward?
	@$(BIN)/lint-imports

check: format-check lint types contracts core-coverage test ## all that must hold before a commit

bench: $(DEV) ## how fast it is on this machine
	@$(BIN)/python -m compiled.build --if-possible
	@$(BIN)/python benchmarks/run.py $(ARGS)

venv: $(DEV) ## make the environment for development only

clean: ## remove what was built and cached; data/ and logs/ stay
	@rm -rf .venv .venv-ci dist build mutants .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests benchmarks compiled -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# One dot a package; pip's own words only when it fails.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "capi needs Python 3.11 or newer, and \
	$(PYTHON) is `$(PYTHON) --version 2>&1`. Name a newer one: make $(or $(MAKECMDGOALS),paper) PYTHON=python3.12" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual \
	environment: install its venv module (Debian and Ubuntu: apt install python3-venv) and try again." >&2; exit 2; }
	@printf 'Installing capi into $(VENV) (once; about half a minute) '
	@{ $(BIN)/python -m pip install --progress-bar off --editable '$(1)' 2>&1 || echo 'pip failed'; } | awk ' \
	    /^ *(Collecting|Obtaining|Downloading|Building)/ { printf "."; fflush() } \
	    $$0 == "pip failed" { failed = 1; next } \
	    { output = output $$0 "\n" } \
	    END { print (failed ? " failed:" : " done"); fflush(); if (failed) { printf "%s", output > "/dev/stderr"; exit 1 } }'
endef

$(USE): pyproject.toml
	$(call install,.)
	@touch $(USE)

$(DEV): pyproject.toml
	$(call install,.[dev])
	@touch $(USE) $(DEV)
