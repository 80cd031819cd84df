# Everything a user or developer runs. Needs only Python 3.11 to 3.13 and make; each target sets up what it needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo dev test check format bench soak lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

# The lock is complete, so pip resolves nothing (--no-deps); the stamp is older than a new lock, which so installs itself.
$(VENV)/.installed-run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/.installed-develop: requirements-develop.lock $(VENV)/.installed-run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-develop.lock
	@touch $@

$(VENV)/.installed-bench: requirements-bench.lock $(VENV)/.installed-develop
	@test -x $(VENV)/peer/bin/python || $(PYTHON) -m venv $(VENV)/peer
	$(VENV)/peer/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

demo: $(VENV)/.installed-run ## load two complete demo companies into data/warehouse.duckdb and prove them
	$(BIN)/qbo-pipeline demo

dev: $(VENV)/.installed-run ## the demo, then the Dagster UI on port 3000 and the local services, until Ctrl-C
	$(BIN)/qbo-pipeline demo --serve

check: $(VENV)/.installed-develop ## lint, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A file of tests stays in one process, so that what a file shares is made once.
test: check $(VENV)/.installed-bench ## check, then every test (installs Debian's chromium where apt is there)
	@$(BIN)/python -m qbo_pipeline_tests.prerequisites
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

format: $(VENV)/.installed-develop ## apply lint fixes and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-bench ## the figures of docs/performance.md, with a peer beside them
	$(BIN)/python -m benchmarks

soak: $(VENV)/.installed-develop ## 20,000 changes under every fault and kill -9, then every row compared; a quarter of an hour
	$(BIN)/python -m soak

lock: ## write the lock files anew from pyproject.toml
	@test -x $(VENV)/lock/bin/uv || ($(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install --quiet uv)
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra tableau pyproject.toml -o requirements.lock
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra tableau --extra test --extra check pyproject.toml -o requirements-develop.lock
	$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra bench pyproject.toml -o requirements-bench.lock

clean: ## remove the environment and everything the pipeline made
	rm -rf $(VENV) && find data -mindepth 1 ! -name README.md -delete
