# What a fresh checkout can do. `make` alone lists the targets.
#
# PYTHON  the interpreter that makes the virtual environment (3.11 or later; found by itself)
# VENV    the virtual environment (default .venv; made when there is none)
# PYTEST_ARGS   more for pytest, such as tests/unit/lake or -k name
# TEST_WORKERS  processes that share the tests, a file at a time (default 2; each takes up to 3 GB; 0: this one alone)

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
PYTEST_ARGS ?=
TEST_WORKERS ?= 2

BIN := $(VENV)/bin
STAMP := $(VENV)/.crosscam-installed

.DEFAULT_GOAL := help
.PHONY: help demo test check fmt bench constraints clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(STAMP)  ## run everything on the simulated site that comes with it; the results lie in demo/
	$(BIN)/crosscam demo --out demo

test: $(STAMP)  ## run the tests, benchmarks left out
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile $(PYTEST_ARGS)

check: $(STAMP)  ## check format, lint, types and architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/architecture

fmt: $(STAMP)  ## format the code and repair what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## run the benchmarks and print their tables
	$(BIN)/python -m pytest -m bench -s --timeout=3600 tests/benchmarks $(PYTEST_ARGS)

constraints:  ## resolve all dependencies anew, in a fresh environment, and write constraints.txt
	rm -rf build/resolved
	$(PYTHON) -m venv build/resolved
	build/resolved/bin/python -m pip install -q -e '.[dev,geo,rfdetr,simulation]'
	build/resolved/bin/python -m pip freeze --exclude-editable > constraints.txt

clean:  ## remove the virtual environment and the caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build *.egg-info

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
		echo "crosscam needs Python 3.11 or later and found none; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "crosscam needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 1; }
	@# Debian keeps ensurepip in a package of its own: pip outside can fill an environment that has no pip
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>/dev/null \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install -q pip; }
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev,geo,simulation]'
	@# opencv-python loads libGL and libglib from the system; slim machines have neither, and nothing here opens a window
	@$(BIN)/python -c 'import cv2' 2>/dev/null || { \
		echo "no libGL or libglib here (apt-get install libgl1 libglib2.0-0): using OpenCV without windows instead" >&2; \
		$(BIN)/python -m pip install -q --no-deps --force-reinstall \
			"opencv-python-headless==$$($(BIN)/python -c 'from importlib.metadata import version; print(version("opencv-python"))')" \
		&& $(BIN)/python -c 'import cv2'; }
	@touch $@
