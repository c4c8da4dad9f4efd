# Each target is one plain command, in an environment with all pins; `promptmix --help` lists what else there is.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1

.PHONY: repro replay test test-slow lint check bench

repro: $(BIN)/.installed ## run the pipeline and print the results table
	promptmix run

replay: $(BIN)/.installed ## the same from recorded answers alone, with no language model
	promptmix run --replay

test: $(BIN)/.installed ## the test suite without its slow part
	pytest

test-slow: $(BIN)/.installed ## its slow part: sweeps, remotes of every kind, two people who share
	pytest -m slow

lint: $(BIN)/.installed ## ruff, mypy and the schema of the GitHub workflow
	ruff format --check . && ruff check . && mypy && check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

check: $(BIN)/.installed ## dvc.lock fits the code and the params, without any data
	promptmix check

bench: $(BIN)/.installed ## speed and cost against the authors' way, side by side (docs/benchmarks.md)
	PROMPTMIX_REPLAY=1 dvc repro --quiet --glob 'relabel@demo-*' && python -m benchmarks.writing && python -m benchmarks.distilling && python -m benchmarks.relabeling

# Installs again when a list of pins or the package's metadata changes; otherwise costs nothing.
$(BIN)/.installed: $(wildcard requirements*.txt) pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-dev.txt -e .
	touch $@
