# Safe Code Executor. `make run` and `make test` do everything; `make help` lists the rest.
SHELL := /bin/sh
PYTHON ?= python3
BIND ?= 127.0.0.1:5000
VENV := .venv
# The settings derive from it whether this site serves this machine only.
export BIND
# Processes that run tests at the same time.
WORKERS ?= 2
# Tests of the site that the distributed mode must pass on every change; `make test-distributed` runs all.
BOTH_WAYS := distributed notifications queue run stream async_runs waiting places lab admin_freezing files recorded_dialects sessions
# What `make test-slots` runs, of which the tests marked `docker` use sandboxes.
IN_SLOTS := tests/executor tests/security tests/semantics tests/submissions tests/load
# All languages that are known, as EXECUTOR_LANGUAGES names them.
ALL_LANGUAGES = $(shell for folder in executor/languages/*/__init__.py; do basename "$${folder%/*}"; done | tr _ - | paste -sd,)
MANAGE := $(VENV)/bin/python manage.py
LOCK := $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-strip-extras --custom-compile-command "make lock"

.PHONY: help run dev testable test test-thorough test-coverage test-clients test-slots test-load test-semantics test-hints test-languages test-sabotage test-distributed test-faults test-mutants test-named test-soak test-slots-soak fuzz bench-distributed screenshots setup engine images languages database lint lint-python lint-types lint-shell lint-templates lint-words fix openapi lock stop clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

run: setup images database  ## set up everything and serve on http://127.0.0.1:5000
	@echo "==> serving on http://$(BIND) (Ctrl+C ends it)"
	@exec $(VENV)/bin/python -m config.server

dev: setup images database  ## the same with Django's debug pages, which show settings and code
	@echo "==> serving with debug pages on http://$(BIND) (Ctrl+C ends it)"
	@DJANGO_DEBUG=yes exec $(VENV)/bin/python -m config.server

test: testable lint  ## set up everything, lint, and run the tests, in a quarter of an hour
	$(VENV)/bin/pytest -m "not long and not thorough" -n $(WORKERS) --dist loadgroup --durations=15 $(MEASURED)
	$(VENV)/bin/python -m tests.services -m "not thorough" $(BOTH_WAYS:%=tests/submissions/test_%.py) -n $(WORKERS) --dist loadgroup $(MEASURED)

test-thorough: testable  ## the tests that `make test` leaves out (tests/thorough.txt), in another; CI runs both
	$(VENV)/bin/pytest -m "thorough and not long" -n $(WORKERS) --dist loadgroup --durations=15 $(MEASURED)
	$(VENV)/bin/python -m tests.services -m thorough $(BOTH_WAYS:%=tests/submissions/test_%.py) -n $(WORKERS) --dist loadgroup $(MEASURED)

testable: $(VENV)/.dev images
	@scripts/browser
	@scripts/compiler
	@scripts/services

test-coverage:  ## the same with branch coverage, which has to be 90 % (slower by half)
	@rm -f .coverage .coverage.*
	@$(MAKE) test test-thorough MEASURED="--cov --cov-append --cov-report="
	$(VENV)/bin/coverage report --fail-under=90

test-slots: $(VENV)/.dev images  ## the tests of sandboxes where a container serves several runs, with both ways to boot and to dispatch
	@scripts/services
	@set -e; for boot in exec fork; do \
		export EXECUTOR_ISOLATION=auto EXECUTOR_BOOT=$$boot SEMANTICS=all; \
		$(VENV)/bin/pytest -m "docker and not long" $(IN_SLOTS) -n $(WORKERS) --dist loadgroup; \
		$(VENV)/bin/python -m tests.services -m "docker and not long" tests/submissions -n $(WORKERS) --dist loadgroup; \
		FAULT_KILLS=$${FAULT_KILLS:-3} $(VENV)/bin/pytest tests/faults -s; \
	done
	$(VENV)/bin/pytest -m long tests/security/test_slot_ends.py

screenshots: $(VENV)/.dev images  ## renew docs/screenshots/, and take every page into a temporary folder
	@scripts/browser
	@folder=$$(mktemp -d) && SCREENSHOTS=$$folder $(VENV)/bin/pytest tests/browser/test_pages.py -q -k every_page \
		&& echo "==> every page is in $$folder"

test-load: $(VENV)/.dev images  ## the load tests at the length given in docs/performance.md
	@scripts/browser
	LOAD_SECONDS=60 LOAD_RUNS=2000 $(VENV)/bin/pytest tests/load tests/browser/test_class.py tests/tools/test_measured.py \
		tests/tools/test_benchmark.py -s

test-semantics: $(VENV)/.dev images  ## compare some 375 programs in the sandbox with the plain runtimes
	SEMANTICS=all $(VENV)/bin/pytest tests/semantics -n $(WORKERS)

test-hints: $(VENV)/.dev images  ## run the example of every hint in a sandbox, and record how those that are new end
	@EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) $(MANAGE) build_images
	EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) DJANGO_SETTINGS_MODULE=tests.settings $(VENV)/bin/python -m tests.support.recordings
	EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) HINTS=all $(VENV)/bin/pytest tests/executor/test_hints.py -n $(WORKERS)

test-languages: $(VENV)/.dev images  ## build the images of all languages, and run what tests each, in both lanes
	@EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) $(MANAGE) build_images
	@set -e; for isolation in container auto; do \
		EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) EXECUTOR_ISOLATION=$$isolation $(VENV)/bin/pytest tests/executor/test_languages.py \
			tests/executor/test_compiled.py tests/security/test_languages.py tests/submissions/test_languages.py \
			tests/executor/test_python_data.py tests/executor/test_sessions.py tests/submissions/test_jobe.py -n $(WORKERS) --dist loadgroup; \
	done
	@scripts/browser
	EXECUTOR_LANGUAGES=$(ALL_LANGUAGES) $(VENV)/bin/pytest tests/executor/test_packages_measured.py tests/browser/test_plots.py \
		tests/browser/test_lab_languages.py

test-sabotage: $(VENV)/.dev images  ## take away each layer from every attack that it stops
	SABOTAGE=all $(VENV)/bin/pytest tests/security/test_sabotage.py tests/security/test_files.py

test-distributed: $(VENV)/.dev images  ## the tests of the site with a broker, a database and workers
	@scripts/services
	$(VENV)/bin/python -m tests.services tests/submissions -n $(WORKERS) --dist loadgroup

test-clients: $(VENV)/.dev images  ## run the real clients of MCP and of the dialects, which it installs, against the site
	$(VENV)/bin/pytest tests/submissions/test_*_clients.py -m long

test-faults: $(VENV)/.dev images  ## kill web, worker, broker, database and engine with -9 under load, 20 times each
	@scripts/services
	FAULT_KILLS=$${FAULT_KILLS:-20} $(VENV)/bin/pytest tests/faults -s

test-mutants: $(VENV)/.dev  ## change the pure modules in small ways, print which changes no test notices
	$(VENV)/bin/python -m tests.mutants

test-named: $(VENV)/.dev images  ## take away each protection of tests/mutants/sabotages.toml, print which no test notices
	@scripts/compiler
	$(VENV)/bin/python -m tests.mutants --named --jobs 1

fuzz: $(VENV)/.dev  ## give the supervisor, compiled with sanitizers, two million wrong requests and more (FUZZ_INPUTS, FUZZ_SEED)
	@scripts/compiler
	$(VENV)/bin/python -m tests.supervisor --inputs $${FUZZ_INPUTS:-2000000} $${FUZZ_SEED:+--seed $$FUZZ_SEED}

test-soak: $(VENV)/.dev images  ## half an hour of steady load: nothing grows (SOAK_DISPATCH=celery: distributed)
	@scripts/services
	SOAK_SECONDS=$${SOAK_SECONDS:-1800} $(VENV)/bin/pytest tests/soak -s

test-slots-soak: $(VENV)/.dev images  ## ten thousand runs in one slot each way: nothing grows (SLOT_RUNS)
	SLOT_RUNS=$${SLOT_RUNS:-10000} $(VENV)/bin/pytest tests/soak/test_slots.py tests/security/test_forking_javascript.py -s

bench-distributed: $(VENV)/.dev images  ## measure the latency that distribution adds, and the gain from a second worker
	@scripts/services
	DISTRIBUTED_ROUNDS=$${DISTRIBUTED_ROUNDS:-300} $(VENV)/bin/pytest tests/load/test_distributed.py -s

setup: $(VENV)/.runtime  ## the virtual environment

$(VENV)/bin/python:
	@echo "==> making a virtual environment"
	@scripts/venv $(PYTHON) $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "==> installing requirements.txt (hash-checked)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "==> installing requirements-dev.txt (hash-checked)"
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

engine:  ## use the Docker engine that answers, else install and start one
	@scripts/engine start

images: engine setup  ## the sandbox images
	@$(MANAGE) build_images

languages: images  ## build the languages that EXECUTOR_LANGUAGES names, which must be set for `make run` too

database: setup
	@echo "==> preparing the database"
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) create_first_users --address http://$(BIND)

# One target for each hook of .pre-commit-config.yaml.
lint: lint-python lint-types lint-shell lint-templates lint-words  ## check style, types, scripts, templates and words

lint-python: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

lint-types: $(VENV)/.dev
	$(VENV)/bin/mypy

lint-shell: $(VENV)/.dev
	$(VENV)/bin/shellcheck --external-sources --source-path=scripts scripts/* .ci/run

lint-templates: $(VENV)/.dev
	$(VENV)/bin/djlint templates --lint --quiet

lint-words: $(VENV)/.dev
	$(VENV)/bin/codespell
	$(VENV)/bin/pytest tests/test_words.py -q -p no:randomly

fix: $(VENV)/.dev  ## repair style automatically where possible
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

openapi: setup  ## write the API's description to docs/openapi.yaml
	@$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock: $(VENV)/bin/python  ## rebuild the requirements files from pyproject.toml
	@$(VENV)/bin/pip install --quiet uv
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -o requirements-dev.txt

stop:  ## stop the Docker engine if `make` started it
	@scripts/engine stop

clean:  ## remove the virtual environment and caches (not var/, which has the data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .coverage .coverage.* htmlcov
