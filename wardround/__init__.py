"""Wardround: hospital IT infrastructure as code. The controller-side brain; it never imports Ansible."""

__version__ = "1.0.0"
