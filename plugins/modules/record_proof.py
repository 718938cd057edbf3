#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record_proof
short_description: Judge what a host answered, and record the verdict
description:
  - Last task of a role's C(tasks/prove.yml). The answers were gathered by modules; the verdict is a pure function of
    the Python package wardround; it is written to the store and fails the host when anything is not proved.
  - With a plan in the inventory the version that counts as right comes from the roll-out's record, not from
    O(expected).
author: Wardround founders (@wardround)
options:
  kind:
    description:
      - Which verdict. A product that Wardround knows has its own.
      - V(declared) is for every other product. Its O(answers) hold, for each health check that the release lists,
        C(ok), C(expected), C(found) and C(seconds). One that is missing is not proved, and the C(version) found is
        compared with the one expected.
      - V(print_client) and V(time_client) are what every desk has without a release. O(expected) holds C(asked), the
        names that must be answered; where it names none, the task is skipped and nothing is recorded.
    type: str
    required: true
    choices: [declared, his_client, lis_client, pacs_client, print_client, time_client]
  product:
    description:
      - Product in the hospital's releases; by default O(kind), or what C(playbooks/prove_product.yml) asks about.
    type: str
  expected:
    description:
      - What must be found, as the verdict wants it. C(version) is the product's C(current) by default, and is replaced
        when a roll-out is under way.
    type: dict
    default: {}
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
    kind: pacs_client
    expected: "{{ pacs_client_probe | combine({'peers': ['pacs-01']}) }}"
    answers: "{{ viewer | combine({'echo': {'pacs-01': echo}, 'find': found}) }}"

- name: Judge and record a product that answers its health checks itself
  wardround.hospital.record_proof:
    kind: declared
    answers:
      version: {ok: true, expected: "2.1.0", found: "{{ banner.stdout }}", seconds: 0.1}
      login: {ok: "{{ login is success }}", expected: a session, found: "{{ login.msg }}", seconds: 0.4}

- name: Judge and record what a desk has without a release
  wardround.hospital.record_proof:
    kind: time_client
    expected: {asked: [chrony, clock share-01]}
    answers: "{{ clock.answers }}"
"""

RETURN = r"""
checks:
  description: One entry a question, with C(name), C(ok), C(expected), C(found) and C(seconds).
  returned: when something was asked
  type: list
  elements: dict
served_version:
  description: The version that the host's port served; empty for what has none.
  returned: when something was asked
  type: str
  sample: 3.13.2
"""
