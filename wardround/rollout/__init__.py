"""Staged waves: the plan of an upgrade, its check, and the gates between its waves."""

from wardround.rollout.request import inputs_sha256

__all__ = ["inputs_sha256"]
