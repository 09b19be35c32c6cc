# Vidgrain: `make demo` to try it, `make test` to check it. Only Python >= 3.11, make and git are expected on the machine.
PYTHON ?= python3
CLIPS ?=
PORT ?= 8000
TORCH = 2.13
TORCHVISION = 0.28

V = .venv/bin
SYSTEM_UV := $(shell command -v uv 2>/dev/null)
UV := $(if $(SYSTEM_UV),$(SYSTEM_UV),.tools/uv/bin/uv)
export VIRTUAL_ENV := $(CURDIR)/.venv
export UV_NO_CONFIG = 1
export UV_HTTP_TIMEOUT ?= 180
# Where this is set, importing torch and transformers costs each process twenty seconds more.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo test check bench bench-train bench-web pictures web torch env lock openapi clean

help: ## Show this list
	@echo "Vidgrain. Usage: make <target>"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: .stamps/demo web ## Set everything up, make demo projects, start the server (CLIPS=folder imports yours, PORT=8000)
	$(V)/vidgrain demo --port $(PORT) $(if $(CLIPS),--clips "$(CLIPS)")

test: .stamps/dev web ## Set everything up for the tests and run them all, in real Chromium, PostgreSQL, Redis and S3
	$(V)/python -m tests.prepare
	$(MAKE) --no-print-directory check
ifdef ARGS
	$(V)/python -m pytest -q $(ARGS)
else
	$(V)/python -m pytest -q -n 2 --dist loadgroup --durations=40 --ignore tests/e2e
	@# One browser at a time: two sites with two Chromiums starve each other on a small machine.
	$(V)/python -m pytest -q --durations=15 tests/e2e
endif

check: .stamps/dev web ## Lint, types, import rules, web checks
	$(V)/ruff check .
	$(V)/ruff format --check .
	$(V)/mypy
	$(V)/lint-imports
	$(V)/python deploy/build_web.py npm run api:check
	@# One by one: the npm of the node wheel cannot start another npm.
	$(V)/python deploy/build_web.py npm run types
	$(V)/python deploy/build_web.py npm run lint
	$(V)/python deploy/build_web.py npm test

bench: .stamps/dev web ## Run the benchmarks; each ends in a line BENCH name ratio=… goal=… ours=… peer=…
	$(V)/python -m tests.bench $(ARGS)

bench-web: .stamps/dev web ## Measure the page in Chromium: steps, first picture, playback, timeline, memory
	$(V)/python -m tests.bench web

bench-train: .stamps/dev ## Run the benchmarks of training: sft-shared, sft-separate, sft-memory, loader-wait
	$(V)/python -m tests.bench sft loader $(ARGS)

pictures: .stamps/dev web ## Make the pictures of docs/ui anew: a site at work, each screen in Chromium (ARGS=folder: every look)
	$(V)/python -m tests.e2e.pictures $(ARGS)

web: .stamps/web-node ## Build the web app when its sources changed
	@$(V)/python deploy/build_web.py

torch: .stamps/torch ## Install PyTorch and what needs it (torchvision, timm, sam2, peft, torchao) for this machine

env: .stamps/dev ## Make the development environment only

lock: .tools/uv-ready ## Renew requirements/*.txt (no registry host is written into them)
	env -u UV_FIND_LINKS $(UV) pip compile -q -U --universal --generate-hashes --no-header --no-annotate pyproject.toml --extra sam2 --extra train --extra dev -o requirements/dev.txt
	env -u UV_FIND_LINKS $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml --extra sam2 --extra train -c requirements/dev.txt -o requirements/train.txt
	env -u UV_FIND_LINKS $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml -c requirements/dev.txt -o requirements/base.txt
	env -u UV_FIND_LINKS $(UV) pip compile -q --universal --no-deps --generate-hashes --no-header --no-annotate requirements/neural.in -o requirements/neural.txt
	env -u UV_FIND_LINKS $(UV) pip compile -q --universal --no-deps --generate-hashes --no-header --no-annotate requirements/web.in -o requirements/web.txt
	env -u UV_FIND_LINKS $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate requirements/readers.in -o requirements/readers.txt

openapi: .stamps/dev ## Write the web client's types from the API
	$(V)/python deploy/build_web.py npm run api

clean: ## Remove the environment and what was built (keeps data/)
	rm -rf .venv .venv-readers .tools .stamps annotator/web/dist annotator/web/node_modules

# --- the environment, in steps that run once -------------------------------------------------------------------------

.tools/uv-ready:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Vidgrain needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@mkdir -p .tools
	@if [ ! -x "$(UV)" ]; then echo "Installing uv into .tools"; $(PYTHON) -m venv .tools/uv && .tools/uv/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.9,<1'; fi
	@touch $@

.stamps/venv: .tools/uv-ready
	@mkdir -p .stamps
	@$(UV) venv -q --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	@touch $@

.stamps/base: requirements/train.txt pyproject.toml .stamps/venv
	@echo "Installing the Python packages"
	@$(UV) pip install -q --require-hashes -r requirements/train.txt
	@$(UV) pip install -q --no-deps -e .
	@touch $@

# A machine may offer a CPU build of torch through pip's find-links, which uv does not read by itself; without one, uv
# chooses the build that fits the machine's accelerator.
.stamps/torch: requirements/neural.txt .stamps/base
	@echo "Installing PyTorch $(TORCH)"
	@links="$$($(PYTHON) -m pip config get global.find-links 2>/dev/null || $(PYTHON) -m pip config get :env:.find-links 2>/dev/null || true)"; \
	if [ -n "$$links" ]; then \
	  UV_FIND_LINKS="$$links" $(UV) pip install -q 'torch==$(TORCH).*' && $(UV) pip install -q --no-deps 'torchvision==$(TORCHVISION).*'; \
	else \
	  $(UV) pip install -q 'torch==$(TORCH).*' 'torchvision==$(TORCHVISION).*' --torch-backend=auto; \
	fi
	@$(UV) pip install -q 'setuptools>=80,<90'
	@SAM2_BUILD_CUDA=0 $(UV) pip install -q --no-deps --no-build-isolation --require-hashes -r requirements/neural.txt
	@touch $@

.stamps/demo: .stamps/torch
	@touch $@

.stamps/dev: requirements/dev.txt .stamps/torch .stamps/readers
	@echo "Installing the packages for development and tests"
	@$(UV) pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

# Other people's readers of our forms, which tests run as programs: their pins contradict ours.
.stamps/readers: requirements/readers.txt .stamps/venv
	@echo "Installing other people's readers for the tests"
	@$(UV) venv -q --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv-readers
	@VIRTUAL_ENV="$(CURDIR)/.venv-readers" $(UV) pip install -q --require-hashes -r requirements/readers.txt
	@touch $@

.stamps/web-node: requirements/web.txt .stamps/base
	@if ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null; then \
	  echo "Installing Node.js as a wheel"; $(UV) pip install -q --require-hashes -r requirements/web.txt; fi
	@touch $@
