#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record_journey
short_description: Begin the patient's journey; judge its steps and record them
version_added: 1.0.0
description:
  - First and last task of C(playbooks/prove_clinical.yml). In between modules gather answers from the desks and
    devices; the verdict on them is a pure function of the Python package wardround.
  - One journey at a time walks through a hospital.
author: Wardround founders (@wardround)
options:
  state:
    description:
      - V(begun) takes the journey's lock and draws the PUID of this journey's patient.
      - V(ended) reads the answers that the plays before it registered, judges and records every step, and fails with
        one sentence when any is not proved.
    type: str
    required: true
    choices: [begun, ended]
  journey:
    description: The section C(journey) of the hospital's data.
    type: dict
    required: true
requirements:
  - the Python package wardround on the controller
attributes:
  check_mode:
    support: none
    description: A journey makes a patient; skipped in check mode.
  diff_mode:
    support: none
    description: Changes nothing on the target.
"""

EXAMPLES = r"""
- name: Judge and record
  wardround.hospital.record_journey:
    state: ended
    journey: "{{ journey }}"
"""

RETURN = r"""
puid:
  description: Identifier of this journey's patient.
  returned: when begun
  type: str
  sample: WRTEST-6A3F21C0
prefix:
  description: What the identifiers of all test patients begin with; whatever begins so is cleared away.
  returned: when begun
  type: str
  sample: WRTEST-
"""
