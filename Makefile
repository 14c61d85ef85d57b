# Two commands matter: `make app` and `make test`. Both set up what they need, once.
PORT ?= 8501
PYTHON ?= python3
BIN := .venv/bin
RUNTIME := node_modules/.ready
# Workers wait passively and with few threads, or two of them on two cores are twenty times slower.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: app test check lint types unit js e2e screenshots torture bench bench-canvas bench-train bench-quality mutants pretrained \
  pretrained-lessons runtime contract clean

app: $(BIN)/.app $(RUNTIME)
	@$(BIN)/python -c "from pathlib import Path; Path.home()" 2>/dev/null || \
		{ echo "this user has no home folder, and Streamlit needs one: set HOME to a folder that you may write to"; exit 1; }
	$(BIN)/streamlit run app.py --server.port $(PORT) --server.address localhost

test: lint types js unit e2e

# All that CI runs.
check: test campaigns

# A file stands for what ended well; a .venv without pip was cut off, or had no ensurepip, and is completed.
.DELETE_ON_ERROR:

$(BIN)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Latent Studio needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv .venv || \
	  { echo "no virtual environment could be made in .venv; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

$(BIN)/.app: requirements.txt | $(BIN)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(BIN)/.dev: requirements-dev.txt $(BIN)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

runtime: $(RUNTIME)

$(RUNTIME): package-lock.json | $(BIN)/.app
	$(BIN)/npm ci --omit=dev --no-audit --no-fund
	@touch $@

node_modules/.dev: package-lock.json | $(BIN)/.dev
	$(BIN)/npm ci --no-audit --no-fund
	@touch $(RUNTIME) $@

lint: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# By two processes; a machine that is too busy to start them in time does it by one.
types: $(BIN)/.dev
	$(BIN)/mypy -n 2 vae_core pages app.py || $(BIN)/mypy vae_core pages app.py

js: node_modules/.dev
	$(BIN)/npm run --silent check
	$(BIN)/npm test --silent

unit: $(BIN)/.dev node_modules/.dev
	$(BIN)/pytest tests -m "not browser and not campaign and not torture" -n 2

e2e: $(BIN)/.dev node_modules/.dev
	$(BIN)/pytest tests/e2e -m "browser and not campaign and not torture" -n 2 --dist loadfile

# What takes half a minute and more each: Firefox, a proxy, a restart, kills, trainings made sick. CI runs them, too.
campaigns: $(BIN)/.dev node_modules/.dev
	$(BIN)/pytest tests -m campaign -n 2 --dist loadfile

# Every page in both themes and three widths, for people to look at.
screenshots: $(BIN)/.dev node_modules/.dev
	$(BIN)/python -m tests.e2e.screenshots

# Hundreds of kills, refusals, damages and clicks: about 40 minutes.
torture: $(BIN)/.dev
	$(BIN)/pytest tests -m torture

bench: $(BIN)/.dev node_modules/.dev
	$(BIN)/python -m tests.bench

bench-canvas: $(BIN)/.dev node_modules/.dev
	$(BIN)/python -m tests.bench canvas

bench-train: $(BIN)/.peers
	$(BIN)/python -m tests.bench.train_speed

bench-quality: $(BIN)/.app
	$(BIN)/python -m tests.bench.train_quality

# pythae lies in a folder that only its own measurement sees; what else it imports, the app's packages bring.
$(BIN)/.peers: $(BIN)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .venv/peers \
	  pythae==0.1.2 cloudpickle
	@touch $@

# Every small mistake in the losses, one at a time: does a test see it? About ten minutes.
mutants: $(BIN)/.mutmut
	$(BIN)/python -m tests.mutants

$(BIN)/.mutmut: $(BIN)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "mutmut>=3.8,<4"
	@touch $@

pretrained: $(BIN)/.app
	$(BIN)/python -m vae_core pretrain

pretrained-lessons: $(BIN)/.app
	$(BIN)/python -m vae_core pretrain --lessons

# What Python and the browser both know, written for the browser from Python's side; a test compares.
contract: $(BIN)/.app
	$(BIN)/python -m pages.ui.contract

clean:
	rm -rf .venv node_modules
