"""What a hospital wants, as data: read with line numbers, checked, and typed. The first of the five verbs."""

from wardround.intent.load import Host, Intent, dicom_peers, load
from wardround.intent.problem import IntentError, Problem

__all__ = ["Host", "Intent", "IntentError", "Problem", "dicom_peers", "load"]
