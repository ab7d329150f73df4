# Everything for people: needs Python 3.11 or newer and make. A closed network: make demo PIP_FLAGS="--no-index --find-links=wheelhouse"

PYTHON ?= $(firstword $(foreach name,python3 python3.11 python3.12 python3.13 python3.14 python,$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
PIP_FLAGS ?=
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/installed.lock

# where Python is told to keep nothing that it has compiled, each of our processes would compile all of it again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint bench soak

demo: $(READY)
	@exec $(PY) app.py demo $(ARGS)

test: $(READY)
	$(PY) -m pytest -n 3 --dist loadfile $(ARGS)

lint: $(READY)
	$(PY) -m ruff check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

bench: $(READY)
	$(PY) -m benchmarks

soak: $(READY)
	$(PY) -m benchmarks soak

$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo "Quanyu needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python"; exit 1; }
	@echo "Installing what requirements.lock names into $(VENV) ..."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes $(PIP_FLAGS) -r requirements.lock
	@cp requirements.lock $(READY)
