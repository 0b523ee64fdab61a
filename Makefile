# Weft's commands. `make help` lists them; `make up` is the one to begin with.
PORT ?= 8000
DATA_DIR ?= data
HOST ?= 127.0.0.1
ARGS ?=
BIN = .venv/bin
PY = $(BIN)/python
SETUP = @python="$$(sh scripts/find_python.sh)" && "$$python" scripts/setup
MANAGE = PYTHONPATH=platform:. $(PY) manage.py
export PYTHON TORCH TORCH_INDEX

.DEFAULT_GOAL = help
.PHONY: help up setup test test-kill test-kill-knowledge check fix e2e types golden bench bench-rag openapi bench-inference check-kernels check-schemas fuzz lock clean

help: ## List these commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

up: setup ## Start everything: make up [PORT=8000] [DATA_DIR=data] [HOST=127.0.0.1] [ARGS="--model DIR"]
	@exec $(PY) manage.py up --host "$(HOST)" --port "$(PORT)" --data-dir "$(DATA_DIR)" $(ARGS)

setup: ## Python packages and front end, as far as they are missing
	$(SETUP)

test: setup-test ## Every test: front end, Python on real servers, real browser
	@$(PY) scripts/run_tests.py $(ARGS)

check: setup-dev ## Everything but the tests: style, types, import rules, generated files
	@$(PY) scripts/check $(ARGS)

fix: setup-dev ## Let the formatters and linters repair what they can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

test-kill-knowledge: setup-dev ## Kill workers under 200 documents on their way, and let the auditor look
	@WEFT_KILL=full $(PY) -m pytest -s tests/apps/knowledge/test_kill.py $(ARGS)

test-kill: setup-dev ## Kill workers under 200 generated workflows, as in production, and print the figures
	@WEFT_KILL=full $(PY) -m pytest -s tests/apps/runs/test_kill.py $(ARGS)

e2e: setup-test ## Only the browser tests
	@$(PY) -m pytest tests/e2e $(ARGS)

types: setup-dev ## Event schema and TypeScript types, from workflows/events.py
	@$(PY) scripts/generate.py events

openapi: setup-dev ## tests/contracts/openapi.json, from the views
	@$(PY) scripts/generate.py openapi

golden: setup-dev ## Record the golden runs anew (review the difference)
	@$(PY) -m tests.golden.regenerate

bench: setup-dev ## Measure engines, sandbox and the stack; writes docs/benchmarks.md [ARGS=engines|sandbox|stack|knowledge]
	@$(PY) scripts/bench.py $(ARGS)

bench-rag: setup-dev ## How well passages are found: make bench-rag DATA=DIR [OUT=DIR] [SETS="a b"] [EMBEDDING=DIR]
	@$(PY) scripts/bench_rag.py --data "$(DATA)" $(if $(OUT),--out "$(OUT)") $(if $(EMBEDDING),--embedding "$(EMBEDDING)") $(if $(SETS),--sets $(SETS)) $(ARGS)

bench-inference: setup-dev ## Measure a GPU: ceilings, kernels beside their twins, models [ARGS="STAGE --out DIR --skip-done --rehearse"]
	@$(PY) -m inference bench $(ARGS)

check-kernels: setup-dev ## Compile every GPU kernel for Hopper, without a GPU, and judge the machine code [ARGS=KERNEL]
	@$(PY) -m inference check-kernels $(ARGS)

check-schemas: setup-dev ## Answers of a tiny model under 1,000 random JSON schemas all validate
	@WEFT_SCHEMAS=1000 $(PY) -m pytest tests/inference/test_decoding.py -q -k random_schemas

fuzz: setup-dev ## Hostile files and settings into the engine: make fuzz [ARGS="SECONDS SEED"]
	@$(PY) -m tests.fuzz $(ARGS)

lock: ## Write the lock files from base.in, dev.in and what is installed
	@$(PY) scripts/lock.py

clean: ## Remove what set-up and builds made; data stays
	@rm -rf .venv frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache setup.log

.PHONY: setup-dev setup-test
setup-dev:
	$(SETUP) --dev
setup-test:
	$(SETUP) --dev --browser
