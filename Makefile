# Everything a newcomer needs: `make run` shows the product, `make test` proves it.
SHELL := bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup run test test-long check bench lock format
help:
	@echo "make run     set up, then show Memberline working with simulated callers"
	@echo "make test    set up, then run every test          make test-long   soaks and fuzzing"
	@echo "make check   format, lint, types, imports         make bench       the measurements"
	@echo "make setup   set up only                          make lock        renew the pinned packages"
