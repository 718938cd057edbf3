# `make lab` is the main job, `make test` everything CI runs; each sets up what it needs. Run as root on Debian 12 or 13.
PYTHON := .venv/bin/python
export CONTAINERS_CONF := $(CURDIR)/.lab/containers.conf
export PODMAN_IGNORE_CGROUPSV1_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup lab-images lab-up lab-down

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup: ## Debian packages, Python environment, podman's settings
	@lab/setup.sh

lab-images: setup ## bake the lab's images where they are missing
	@$(PYTHON) -m lab images

lab-up: setup ## the hospital's machines, without any software rolled out
	@$(PYTHON) -m lab up

lab-down: ## remove everything the lab made: containers, networks, images, .lab
	@$(PYTHON) -m lab down --everything
