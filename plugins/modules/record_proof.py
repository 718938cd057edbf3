#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record_proof
short_description: Judge what a host answered, and record the verdict
description:
  - Last task of a C(prove_*.yml) playbook. The answers were gathered by modules; the verdict is a pure function of
    the Python package wardround; it is written to the store and fails the host when anything is not proved.
  - With a plan in the inventory the version that counts as right comes from the roll-out's record, not from
    O(expected).
author: Wardround founders (@wardround)
options:
  kind:
    description: Which verdict.
    type: str
    required: true
    choices: [pacs]
  expected:
    description: What must be found; C(version) is replaced when a roll-out is under way.
    type: dict
    required: true
  answers:
    description: What the probing modules returned, by probe.
    type: dict
    required: true
requirements:
  - the Python package wardround on the controller
attributes:
  check_mode:
    support: full
    description: Judges, records nothing.
  diff_mode:
    support: none
    description: Changes nothing on the target.
"""

EXAMPLES = r"""
- name: Judge and record
  wardround.hospital.record_proof:
    kind: pacs
    expected: "{{ pacs_client_probe | combine({'version': '3.12.0', 'peers': ['pacs-01']}) }}"
    answers: "{{ viewer | combine({'echo': {'pacs-01': echo}, 'find': found}) }}"
"""

RETURN = r"""
checks:
  description: One entry a question, with C(name), C(ok), C(expected), C(found) and C(seconds).
  returned: always
  type: list
  elements: dict
served_version:
  description: The version that the host's port served.
  returned: always
  type: str
  sample: 3.13.2
"""
