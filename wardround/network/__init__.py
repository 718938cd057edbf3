"""Switches and firewalls derived from one intent: models of devices, their change, and what a probe should find."""
