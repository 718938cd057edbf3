#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cups_queues
short_description: The print queues of a machine's CUPS
version_added: 1.0.0
description:
  - Makes the queues of a list, changes those that differ and removes the ones that this module made before and that
    are no longer listed. Queues that somebody else made are left and reported.
  - A new queue asks its printer what it can do, so the printer must be on; a queue that is as wanted does not.
  - What CUPS was told is read back, because it takes some wrong values (a media name that the printer does not have)
    without a word.
author: Wardround founders (@wardround)
options:
  queues:
    description: Every queue that the machine has by us.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the queue, as programs address it.
        type: str
        required: true
      uri:
        description: The printer, for example C(ipp://prn-01.example.org:631/ipp/print).
        type: str
        required: true
      purpose:
        description: What is printed there.
        type: str
        choices: [receipts, labels, films]
        required: true
      description:
        description: What people see in a print dialogue; by default name and purpose.
        type: str
      location:
        description: Where the printer stands.
        type: str
      model:
        description: Driver as C(lpadmin -m) takes it; V(everywhere) asks an IPP printer itself, V(raw) sends as is.
        type: str
        default: everywhere
      media:
        description: Media that jobs without one get, by its PWG 5101.1 name or another that ends in its size.
        type: str
      options:
        description: Other defaults of jobs, by their IPP names.
        type: dict
        default: {}
  default:
    description: Queue for jobs that name none; without it CUPS keeps what it has.
    type: str
  record:
    description: File that remembers which queues are ours; its directory must be there.
    type: path
    default: /etc/wardround/print_client/queues.json
  deadline:
    description: Seconds for each question to CUPS or a printer; a queue may take three times as long to be made.
    type: float
    default: 10
attributes:
  check_mode:
    support: full
    description: >-
      Reads, and says what it would change. Where CUPS does not run it cannot be read, so every queue is shown as new,
      with a warning.
  diff_mode:
    support: full
    description: Shows each setting of our queues.
requirements:
  - CUPS on the target, running
"""

EXAMPLES = r"""
- name: A window of the registration hall prints receipts, and labels on its own printer
  wardround.hospital.cups_queues:
    queues:
      - name: receipts
        uri: ipp://10.87.20.44:8631/ipp/print
        purpose: receipts
        media: custom_receipt_80x200mm
      - name: labels
        uri: ipp://10.87.20.44:8632/ipp/print
        purpose: labels
        options: {print-color-mode: monochrome}
    default: receipts
"""

RETURN = r"""
foreign:
  description: Queues that somebody else made; nothing touched them.
  returned: success
  type: list
  elements: str
  sample: [Brother-HL]
commands:
  description: The calls of lpadmin that were made, or would be.
  returned: success
  type: list
  elements: list
  sample: [["-x", "labels"]]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import cups, ipp

QUEUE = {
    "name": {"type": "str", "required": True},
    "uri": {"type": "str", "required": True},
    "purpose": {"type": "str", "choices": ["receipts", "labels", "films"], "required": True},
    "description": {"type": "str"},
    "location": {"type": "str"},
    "model": {"type": "str", "default": "everywhere"},
    "media": {"type": "str"},
    "options": {"type": "dict", "default": {}},
}


def main():
    module = AnsibleModule(
        argument_spec={
            "queues": {"type": "list", "elements": "dict", "required": True, "options": QUEUE},
            "default": {"type": "str"},
            "record": {"type": "path", "default": "/etc/wardround/print_client/queues.json"},
            "deadline": {"type": "float", "default": 10.0},
        },
        supports_check_mode=True,
    )
    try:
        result = cups.converge(module.params, module.check_mode)
    except (cups.CupsError, ipp.IppError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
