# Everything sets itself up in .venv. Another Python: make test PYTHON=python3.12
PYTHON ?= python3
BIN := .venv/bin
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--build-deps-for editable --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(UPGRADE)

.PHONY: help demo test soak laws bench year lint lock
.DELETE_ON_ERROR:

help:
	@echo "make demo    a shop to try, with a chat in the browser"
	@echo "make test    linters, types, contracts and all tests"
	@echo "make soak    crash tests of the sender and of years of care, for hours; RUNS=10 YEARS=1 for some minutes"
	@echo "make laws    the laws of the books, each on 200 stories a database; STORIES=1000 for more"
	@echo "make bench   the measurements: a table, and benchmarks/results.json"
	@echo "make year    replays a grocer's whole real year: minutes"
	@echo "make lint    linters, types and contracts alone"
	@echo "make lock    pin the dependencies anew; UPGRADE=--upgrade takes newer ones"

demo: .venv/ready-to-run
	@$(BIN)/regulars demo

test: lint
	@sh scripts/chromium.sh
	@echo "pytest"
	@$(BIN)/python -m pytest -n 3

RUNS ?= 300
YEARS ?= 20
soak: .venv/ready-to-develop
	@$(BIN)/python -m tests.bot.delivery.soak --runs $(RUNS)
	@$(BIN)/python -m tests.journeys.soak --runs $(YEARS)

STORIES ?= 200
laws: .venv/ready-to-develop
	@REGULARS_STORIES=$(STORIES) $(BIN)/python -m pytest -n 2 tests/rules tests/stories tests/services tests/benchmarks

bench: .venv/ready-to-develop
	@$(BIN)/python -m benchmarks

year: .venv/ready-to-develop
	@REGULARS_YEAR_HOUSEHOLDS=2469 $(BIN)/python -m pytest -n auto tests/services/replaying/test_year.py

lint: .venv/ready-to-develop
	@echo "ruff, mypy, import-linter"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --num-workers 2
	@$(BIN)/lint-imports --no-logo

# Made on the oldest Python that we support, so that what only it needs is in.
lock: .venv/ready-to-develop
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make lock wants a .venv of Python 3.11")'
	@echo "requirements-dev.lock: all that runs, tests and measures"
	@$(LOCK) --all-extras --output-file requirements-dev.lock pyproject.toml
	@echo "requirements.lock: what runs"
	@$(LOCK) --extra demo --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

.venv/ready-to-run: requirements.lock pyproject.toml scripts/install.sh
	@sh scripts/install.sh $(PYTHON) requirements.lock
	@touch $@

.venv/ready-to-develop: requirements-dev.lock pyproject.toml scripts/install.sh
	@sh scripts/install.sh $(PYTHON) requirements-dev.lock
	@touch $@ .venv/ready-to-run
