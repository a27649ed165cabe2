# Two commands to start with: `make scan` and `make test`. Both set everything up the first time.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: scan test lint bench clean

ENVIRONMENT := source bin/environment.sh
PACKAGE := ros2_ws/src/crack_scanner
SCAN := sessions/$(shell date +%Y-%m-%d_%H-%M-%S)
# More words for pytest: make test TESTS="tests/vision -k grid"
TESTS ?=

# The simulated robot scans its wall into sessions/DATE.
scan:
	@bin/crack_scanner scan --source simulator --out "$(SCAN)"

# Lint, types and every test, in two halves side by side: each keeps a core busy. What they share (ports, ROS
# domains, databases) every test takes for itself.
FIRST_HALF := tests/benchmark tests/e2e tests/graph tests/launch
test: export CRACK_SCANNER_GROUPS := development training viewing batch
test: lint
	@$(ENVIRONMENT)
	cd $(PACKAGE)
ifeq ($(strip $(TESTS)),)
	python -m pytest $(FIRST_HALF) &
	first=$$!
	python -m pytest $(addprefix --ignore=,$(FIRST_HALF)) || failed=1
	wait $$first || failed=1
	exit $${failed:-0}
else
	python -m pytest $(TESTS)
endif

lint: export CRACK_SCANNER_GROUPS := development
lint:
	@$(ENVIRONMENT)
	cd $(PACKAGE)
	ruff check --config pyproject.toml . ../../../bin
	ruff format --check --config pyproject.toml . ../../../bin
	mypy
	lint-imports --no-logo

# The scan's speed against that of the bare network.
bench:
	@bin/crack_scanner benchmark

# Everything that was built; sessions stay.
clean:
	rm -rf .venv .venv.lock .venv.log ros2_ws/build ros2_ws/install ros2_ws/log
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . \( -name .mypy_cache -o -name .ruff_cache -o -name .pytest_cache -o -name .hypothesis \) -prune -exec rm -rf {} +
