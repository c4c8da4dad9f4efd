# Thin: each target is the plain command that the README also gives.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONUNBUFFERED := 1

.PHONY: repro cost replay same repro-quick sweep compare bench study release-table share reuse verify test test-slow lint check record

repro: $(BIN)/.installed ## run the whole pipeline, asking the language model for real
	python -m promptmix.cli.answers.usage start
	dvc repro
	python -m promptmix.cli.answers.usage show
	python -m promptmix.cli.table --metrics metrics/summary.json

replay: $(BIN)/.installed ## reproduce the committed table from recorded answers, with no language model at all
	python -m promptmix.cli.answers.usage start
	PROMPTMIX_REPLAY=1 dvc repro --force
	python -m promptmix.cli.answers.usage show
	python -m promptmix.cli.table --metrics metrics/summary.json

same: ## compare this machine's metrics with the committed ones
	python -m promptmix.cli.same

repro-quick: $(BIN)/.installed ## the same with the small model, as an experiment: a few minutes
	dvc exp run $$(python -m promptmix.cli.preset quick)
	python -m promptmix.cli.table --metrics metrics/summary.json
	@echo "params.yaml now names the small model; git checkout params.yaml returns to the default"

cost: $(BIN)/.installed ## what `make repro` would ask, before anything is asked
	dvc repro --quiet fetch && dvc repro --quiet --glob 'sample@*'
	python -m promptmix.cli.cost.estimate

sweep: $(BIN)/.installed ## NAME=per_class (of sweeps.yaml), or ARGS="-S distill.learning_rate=2e-5,5e-5 -j 2"
	python -m promptmix.cli.sweep.command $(NAME) $(ARGS)

compare: $(BIN)/.installed ## what has been run, one row a configuration; ARGS="--md", "--csv", "v1 HEAD"
	python -m promptmix.cli.compare.command $(ARGS)

bench: $(BIN)/.installed ## speed and cost against the authors' way, side by side (docs/benchmarks.md)
	PROMPTMIX_REPLAY=1 dvc repro --quiet --glob 'relabel@demo-*'
	python -m benchmarks.writing
	python -m benchmarks.distilling
	python -m benchmarks.relabelling

study: $(BIN)/.installed ## all experiments of docs/study.md and the page itself, or NAME=ablation alone; goes on where it was stopped
	python -m promptmix.cli.study.command $(NAME)

release-table: $(BIN)/.installed ## TAG=v1: the results as they were at a git tag
	python -m promptmix.cli.table --metrics metrics/summary.json --tag $(TAG)

test: $(BIN)/.installed ## the test suite without its slow part
	pytest

test-slow: $(BIN)/.installed ## its slow part: sweeps, remotes of every kind, two people who share
	pytest -m slow

lint: $(BIN)/.installed ## ruff, mypy and the schema of the GitHub workflow
	ruff format --check . && ruff check . && mypy
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

check: $(BIN)/.installed ## dvc.lock fits the code and the params, without any data
	python -m promptmix.cli.check

record: $(BIN)/.installed ## pack the answers behind the present outputs into data/answers/, for replay
	python -m promptmix.cli.answers.record

share: $(BIN)/.installed ## answers, outputs, run cache and experiments to the DVC remote (docs/sharing.md)
	python -m promptmix.cli.sharing.share

reuse: $(BIN)/.installed ## take over what colleagues shared, and the table from it
	python -m promptmix.cli.sharing.reuse

verify: $(BIN)/.installed ## compare every cached file and answer with its digest
	python -m promptmix.cli.sharing.verify

# Reinstalls when requirements.txt changes; otherwise costs nothing.
$(BIN)/.installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@
