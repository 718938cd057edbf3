# `make lab` is the main job, `make test` everything CI runs; each sets up what it needs. Run as root on Debian 12 or 13.
BIN := .venv/bin
PYTHON := $(BIN)/python
export CONTAINERS_CONF := $(CURDIR)/.lab/containers.conf
export PODMAN_IGNORE_CGROUPSV1_WARNING := 1
# Setup installs nothing compiled: Python must be able to keep what it compiles, or every Ansible does it anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup validate plan check-network lab lab-images lab-up lab-down test test-unit test-network test-integration test-long molecule lint lock

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Debian packages, Python environment, podman's settings
	@lab/setup.sh

validate: setup ## check every hospital's data; nothing is contacted
	@for hospital in inventories/*/; do $(BIN)/wardround validate --strict -i $$hospital || exit; done

SUMMARY := .lab/plan.md
plan: setup ## the waves of every upgrade that is wanted, as Markdown; a committed plan must be the same
	@$(BIN)/wardround plan wanted --summary $(SUMMARY)

EACH := 3
check-network: setup ## every hospital's network: models as reviewed, proved in its twin, EACH mutants of a kind caught
	@for file in $(wildcard inventories/*/group_vars/all/network.yml); do \
		hospital=$${file%/group_vars/*}; echo "$$hospital:"; \
		$(BIN)/wardround compile network --check -i $$hospital && \
		$(BIN)/wardround prove network -i $$hospital && \
		$(BIN)/wardround mutate network -i $$hospital --each $(EACH) || exit; \
	done

lab: setup ## the main job: a small hospital, a roll-out in waves, one that is stopped, and a page to read
	@$(PYTHON) -m lab story

lab-images: setup ## bake the lab's images where they are missing
	@$(PYTHON) -m lab images

lab-up: setup ## the hospital's machines, without any software rolled out
	@$(PYTHON) -m lab up

lab-down: ## remove everything the lab made: containers, networks, images, .lab
	@$(PYTHON) -m lab down --everything

test: setup ## everything CI runs: lint, unit, sanity, network, images, molecule, integration; stops at the first red stage
	@$(PYTHON) tests/run.py

lint: setup ## yamllint, ansible-lint, ruff, mypy, the schema of workflows and the house rules
	@$(PYTHON) tests/run.py lint

test-unit: setup ## unit tests and golden files
	@$(PYTHON) tests/run.py unit

test-network: setup ## switches emulated and a twin of the network, with real packets between namespaces; no lab is needed
	@$(PYTHON) tests/run.py network

molecule: setup ## scenarios of the roles, without what test-long runs, or all of one: make molecule ROLE=pacs_client
	@$(PYTHON) tests/run.py images molecule $(if $(ROLE),--role $(ROLE))

test-integration: setup ## tests on the running lab
	@$(PYTHON) tests/run.py images integration

test-long: setup ## what `make test` leaves out: the longest tests, and the figures for 10,000 workstations
	@$(PYTHON) tests/run.py images long bench

UV := .lab/uv/bin/uv
lock: setup ## write requirements.lock anew from pyproject.toml; UPGRADE=1 takes newer versions
	@[ -x $(UV) ] || { python3 -m venv .lab/uv && .lab/uv/bin/pip install --quiet uv; }
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --extra dev $(if $(UPGRADE),--upgrade) pyproject.toml --output-file requirements.lock
