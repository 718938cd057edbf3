#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: print_probe
short_description: Whether a machine prints, by its printers' own word
version_added: 1.0.0
description:
  - Asks CUPS for each queue and the queue's printer itself, at the address that CUPS really uses. On request it asks
    which queue is CUPS's own default, and prints a marked page and looks for it in the printer's own record of jobs
    (IPP Get-Jobs), because CUPS calls a job completed as soon as the printer has taken it.
  - A job that is not printed in time is cancelled at the printer and here. CUPS forgets the marked job in any case.
  - Gathers answers; a queue that does not print has C(ok) false and the reason. The task itself does not fail.
author: Wardround founders (@wardround)
options:
  queues:
    description: Names of the queues to ask.
    type: list
    elements: str
    required: true
  default:
    description: Queue that must be the default of CUPS itself; without it the default is not asked.
    type: str
  print_on:
    description: Queue to print the marked page on; without it nothing is printed.
    type: str
  title:
    description: Name of the marked job; a random mark is added, so that no other job is taken for it.
    type: str
    default: Wardround test page
  text:
    description: What is on the page.
    type: str
    default: Wardround test page
  deadline:
    description: Seconds for each question.
    type: float
    default: 5
  print_deadline:
    description: Seconds within which the printer must have printed the marked page.
    type: float
    default: 30
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, and prints nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - CUPS on the target, running
"""

EXAMPLES = r"""
- name: Print a page on the default printer
  wardround.hospital.print_probe:
    queues: [receipts, labels]
    default: receipts
    print_on: receipts
    title: Test page of reg-ws-01
  register: printing
"""

RETURN = r"""
answers:
  description:
    - C(queue NAME) for each queue, C(default NAME) for the default and C(print NAME) for the marked page, each with
      C(ok), C(expected), C(found) and C(seconds).
  returned: always
  type: dict
  sample:
    queue receipts:
      ok: false
      expected: a queue that takes jobs and a printer that answers
      found: "the printer at 10.87.20.44 port 8631 refuses the connection: its print service does not run"
      seconds: 0.002
title:
  description: Name of the marked job, with its mark.
  returned: when a page was asked for
  type: str
  sample: Test page of reg-ws-01 5f1c09ab
"""

import uuid

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import cups, ipp, printing


def main():
    module = AnsibleModule(
        argument_spec={
            "queues": {"type": "list", "elements": "str", "required": True},
            "default": {"type": "str"},
            "print_on": {"type": "str"},
            "title": {"type": "str", "default": "Wardround test page"},
            "text": {"type": "str", "default": "Wardround test page"},
            "deadline": {"type": "float", "default": 5.0},
            "print_deadline": {"type": "float", "default": 30.0},
        },
        supports_check_mode=True,
    )
    params = module.params
    result = {"changed": False}
    wanted, page = params["default"], params["print_on"] if not module.check_mode else None
    try:
        queues, default = cups.read(params["deadline"])
    except ipp.IppError as error:
        answer = {"ok": False, "expected": "CUPS running", "found": str(error), "seconds": 0.0}
        asked = [f"queue {name}" for name in params["queues"]]
        asked += [f"{what} {name}" for what, name in (("default", wanted), ("print", page)) if name]
        module.exit_json(answers=dict.fromkeys(asked, answer), **result)
    result["answers"] = {f"queue {name}": printing.check(name, queues, params["deadline"]) for name in params["queues"]}
    if wanted:
        result["answers"][f"default {wanted}"] = printing.check_default(wanted, default)
    if page:
        result["title"] = f"{params['title']} {uuid.uuid4().hex[:8]}"
        result["answers"][f"print {page}"] = printing.print_marked(
            page, result["title"], params["text"], queues, params["print_deadline"]
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
