# make demo: the lecture's eleven steps, on the full data. make test: runs the tests. Both need Python >= 3.11, pip
# and make, and put everything into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Small matrices: a second BLAS thread saves nothing, and on a busy machine its waiting costs tenfold.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test oldest gallery book mutants night lint bench bench-seeds clean

demo: $(VENV)/installed
	$(BIN)/python -m demos all

test: $(VENV)/installed
	$(BIN)/python -m pytest -q -n auto --dist worksteal

# The tests with the oldest releases that pyproject.toml names, in an environment of its own. Old releases warn about
# what is newer than they are: their deprecations are not ours. NumPy 2.1 needs Python 3.13 or older.
oldest: $(VENV)/installed
	$(PYTHON) -m venv $(VENV)/oldest
	$(BIN)/python tests/project/oldest.py > $(VENV)/oldest/requirements.txt
	$(VENV)/oldest/bin/python -m pip install -q -r $(VENV)/oldest/requirements.txt
	$(VENV)/oldest/bin/python -m pip install -q --no-deps -e .
	$(VENV)/oldest/bin/python -m pytest -q -W ignore::DeprecationWarning

# Every kind of picture in both languages, with an index page: out/gallery/index.html; the README's are copied.
gallery: $(VENV)/installed
	$(BIN)/python -m demos.gallery --out out/gallery --readme docs/pictures

# The ladder as a static site in both languages, every cell run: out/book/index.html.
book: $(VENV)/installed
	$(BIN)/python -m pip install -q -e ".[book]"
	$(BIN)/python -m demos.book

# Single faults, one at a time: which test notices each. And thousands of random programs and drawings instead of
# hundreds, Ctrl-C at every line of a training run instead of some.
mutants: $(VENV)/installed
	$(BIN)/python tests/mutants/run.py

night: $(VENV)/installed
	HYPOTHESIS_PROFILE=night $(BIN)/python -m pytest -q tests/programs tests/compiler tests/training/test_ctrl_c_anywhere.py \
		tests/viz/test_random.py tests/viz/test_reading.py

# Style, types by both checkers, and how much of what the installed wheel exports has a known type.
lint: $(VENV)/installed
	$(BIN)/python -m pip install -q -e ".[lint]"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy tinygrad_edu viz
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pytest -q tests/types
	$(BIN)/python tests/types/completeness.py

# Everything measured side by side with its peers: tables and a plot in out/. Installs the peers: some GB.
bench: $(VENV)/installed
	$(BIN)/python -m pip install -q -e ".[bench]"
	$(BIN)/python tests/bench/run.py

# Ten seeds of the lecture's classifier beside Keras' own, and of the same network trained better; needs the full
# Fashion-MNIST.
bench-seeds: $(VENV)/installed
	$(BIN)/python -m pip install -q -e ".[bench]"
	$(BIN)/python tests/bench/classifier_seeds.py
	$(BIN)/python tests/bench/better_seeds.py --validation
	$(BIN)/python tests/bench/better_seeds.py

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'tinygrad_edu needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -e ".[test]"
	touch $@

clean:
	rm -rf $(VENV) out build dist *.egg-info
