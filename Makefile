# One line a target; `make help` lists them. All set-up stands in scripts/setup.py, which does only what is still to do.
PYTHON ?= python3.11
BIN := .venv/bin

.DEFAULT_GOAL := install
.PHONY: install run test test-all bench lint format new-scenario lock clean help

install: ## install everything that running Mumian needs (the default)
	@$(PYTHON) scripts/setup.py run

run: install ## start the demo: the whole platform with simulated devices, on this machine
	@$(BIN)/mumian demo

test: lint ## install what tests need, lint, then run every test that is not slow
	@$(BIN)/pytest -m "not slow"

test-all: lint ## the same with the slow tests
	@$(BIN)/pytest

bench: install-test ## measure every claim in benchmarks/, each beside a peer
	@set -e; for claim in benchmarks/[!_]*.py; do echo "== $$claim"; $(BIN)/python "$$claim"; done

lint: install-test ## check style, format, types and the walls between packages
	@failed=; for check in "ruff check" "ruff format --check" mypy "lint-imports --no-cache --no-logo"; do \
		$(BIN)/$$check || failed="$$failed, $$check"; \
	done; [ -z "$$failed" ] || { echo "failed: $${failed#, }" >&2; exit 1; }

format: install-test ## format the code and mend what ruff can mend by itself
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

new-scenario: ## write an empty house: make new-scenario NAME=tunnel [ZH=… EN=… CLAUSE=…]
	@$(PYTHON) scripts/new_scenario.py --zh "$$ZH" --en "$$EN" --clause "$$CLAUSE" -- "$$NAME"

lock: ## write the lock files anew (needs uv and npm)
	@scripts/lock.sh

clean: ## remove what was installed; data in var/ stays
	@rm -rf .venv node_modules src/mumian/web/static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install-test
install-test:
	@$(PYTHON) scripts/setup.py test
