# Wenda. Every target sets up what it needs; `make help` lists them.
# An environment active in the caller's shell must not leak into ours.
# Without compiled modules every start would compile everything again.
unexport VIRTUAL_ENV PYTHONHOME PYTHONDONTWRITEBYTECODE
export PYTHONPATH := $(CURDIR)
# Compiled code is kept, since recompiling costs ten seconds a start, but never in the tree.
export PYTHONPYCACHEPREFIX ?= $(or $(WENDA_CACHE_DIR),$(HOME)/.cache/wenda)/bytecode
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test test-long e2e check ingest backup restore eval bench lock audit clean

PYTHON ?= python3
PORT ?= 8000
SAMPLES ?= 1
VLLM ?= 1
OCR ?= 0
SUITE ?=
NAME ?=
DIR ?= $(or $(TO),$(FROM))
DATA ?= $(WENDA_BENCH_DATA)
E2E ?= full
PYTEST ?=

# The python of a private environment, made on first use: $(call python,dev)
python = $$($(PYTHON) -m deploy.local.environments $(1))
# The service's own; with OCR=1 it also reads scanned pages.
service = service$(if $(filter 1,$(OCR)), ocr)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install, prepare models, ingest the samples once, serve on http://127.0.0.1:8000 (PORT=, SAMPLES=0, VLLM=0, OCR=1 reads scans)
	@python=$(call python,$(service)); PORT=$(PORT) SAMPLES=$(SAMPLES) VLLM=$(VLLM) exec "$$python" -m deploy.local.run

test: ## Every test that needs no GPU and no language model (PYTEST='-k name' narrows)
	@python=$(call python,dev); "$$python" -m deploy.local.embedding_model; \
	"$$python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not e2e and not long" $(PYTEST)

test-long: ## Crash, fuzz, load and soak runs at full length
	@python=$(call python,dev); "$$python" -m deploy.local.embedding_model; \
	"$$python" -m pytest -m "long and not e2e" --timeout 3600 $(PYTEST)

e2e: ## Real vLLM with the packaged model, real index, real browser (E2E=short for the quick one)
	@python=$(call python,dev); "$$python" -m deploy.local.embedding_model; \
	WENDA_E2E=$(E2E) "$$python" -m pytest -m e2e --timeout 3600 -s tests/e2e $(PYTEST)

check: ## ruff, mypy strict, import-linter, page types
	@python=$(call python,dev); bin=$$(dirname "$$python"); \
	"$$bin/ruff" check .; "$$bin/ruff" format --check .; "$$bin/mypy"; "$$bin/lint-imports"; \
	"$$python" -m tests.pagecheck

ingest: ## Read documents: DOCS=path [KIND=product] [APPROVE=1] [OCR=1]; drafts unless APPROVE=1; OCR=1 reads scans (a running service needs it itself)
	@test -n "$(DOCS)" || { echo "请给出要收录的文件或文件夹：make ingest DOCS=路径"; exit 1; }; \
	python=$(call python,$(service)); "$$python" -m deploy.local.embedding_model; \
	exec "$$python" -m ingestion "$(DOCS)" $(if $(KIND),--kind $(KIND)) $(if $(filter 1,$(APPROVE)),--approve)

backup: ## Copy everything while the service answers: DIR=new folder; WENDA_BACKUP__PASSPHRASE encrypts
	@test -n "$(DIR)" || { echo "请给出备份的新文件夹：make backup DIR=路径"; exit 1; }; \
	python=$(call python,service); exec "$$python" -m deploy.backup "$(DIR)"

restore: ## Verify a backup and put it in place: DIR=folder [FORCE=1]; the service must be stopped, old data stays aside
	@test -n "$(DIR)" || { echo "请给出备份所在的文件夹：make restore DIR=路径"; exit 1; }; \
	python=$(call python,service); exec "$$python" -m deploy.restore "$(DIR)" $(if $(filter 1,$(FORCE)),--force)

eval: ## Run the evaluation suites and their gates (SUITE=name for one); reports in eval/reports
	@python=$(call python,eval); "$$python" -m deploy.local.embedding_model; exec "$$python" -m eval run $(SUITE)

bench: ## Every performance figure beside its named peer (NAME= for one, DATA= a folder with InsQABench)
	@python=$(call python,eval); "$$python" -m deploy.local.embedding_model; \
	exec "$$python" -m eval.bench $(NAME) $(if $(DATA),--data $(DATA))

lock: ## Pin the requirements again (hashes, no index addresses)
	@uv=$$($(PYTHON) -c 'from deploy.local.environments import *; print(bootstrap(cache_dir()) / "uv")'); cd requirements; \
	pin="--generate-hashes --no-emit-index-url --no-header --quiet --python-version 3.11"; \
	"$$uv" pip compile bootstrap.in --universal $$pin -o bootstrap.lock; \
	"$$uv" pip compile service.in --universal $$pin -o service.lock; \
	"$$uv" pip compile ocr.in -c service.lock --universal $$pin -o ocr.lock; \
	"$$uv" pip compile ray.in -c service.lock --universal $$pin -o ray.lock; \
	"$$uv" pip compile dev.in -c service.lock --universal $$pin -o dev.lock; \
	"$$uv" pip compile eval.in $$pin -o eval.lock; \
	"$$uv" pip compile audit.in --universal $$pin -o audit.lock

audit: ## Look what is locked up among known vulnerabilities (asks the package index; LOCKS= for some)
	@python=$(call python,audit); "$$python" -m deploy.audit $(LOCKS)

clean: ## Remove reports and tool caches (never data, never the shared cache)
	@rm -rf eval/reports .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
