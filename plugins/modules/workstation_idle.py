#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: workstation_idle
short_description: Whether nobody works at a workstation
version_added: 1.0.0
description:
  - Says whether a workstation may be switched to another release without taking it from under somebody's hands, and if
    not, why.
  - Busy are a user's session at systemd-logind (also a locked one), a clinical program that a user runs, a client of
    the viewer's port, an open DICOM or HL7 connection, and a print job that waits or prints.
  - Unknown means busy. A question that gets no answer within its deadline is a reason like any other; the task does not
    fail.
  - Root over SSH, and the session over SSH in which this module itself runs, are maintenance and keep nothing busy.
author: Wardround founders (@wardround)
options:
  roots:
    description: Directories of the clinical products; what runs from C(PRODUCT/releases) below one is clinical.
    type: list
    elements: path
    default: [/opt/wardround]
  viewer_ports:
    description: Ports on which the workstation serves a viewer to its own user.
    type: list
    elements: int
    default: [80]
  dicom_ports:
    description: Ports of DICOM, on either end of a connection.
    type: list
    elements: int
    default: [104, 4242, 11112]
  hl7_ports:
    description: Ports of HL7 over MLLP, on either end of a connection.
    type: list
    elements: int
    default: [2575, 2576, 2577]
  ignore_users:
    description: Names of users whose sessions, programs and viewer connections are maintenance.
    type: list
    elements: str
    default: []
  deadline:
    description: Seconds for each question to systemd-logind and CUPS.
    type: float
    default: 5
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - root on the target, to see other users' programs
"""

EXAMPLES = r"""
- name: Look whether somebody works here
  wardround.hospital.workstation_idle:
  register: desk

- name: Look again until the desk is free, for at most ten minutes
  wardround.hospital.workstation_idle:
    ignore_users: [kiosk]
  register: desk
  until: desk.idle
  retries: 20
  delay: 30
"""

RETURN = r"""
idle:
  description: Whether nobody works here; only true when every question was answered.
  returned: always
  type: bool
  sample: false
reasons:
  description: Why the workstation is busy, a sentence each; empty when it is idle.
  returned: always
  type: list
  elements: str
  sample: ["nurse1 is logged in at seat0 since 2026-11-23 12:22:13 UTC"]
programs:
  description: Clinical programs that users run, each with C(product), C(version) (null when its path names none),
    C(user), C(name), C(pid) and C(since).
  returned: always
  type: list
  elements: dict
  sample: [{"product": "his_client", "version": "5.0.0", "user": "nurse1", "name": "python3", "pid": 812,
            "since": "2026-11-23 12:22:20 UTC"}]
seconds:
  description: How long the questions took.
  returned: always
  type: float
  sample: 0.05
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import idle


def main():
    module = AnsibleModule(
        argument_spec={
            "roots": {"type": "list", "elements": "path", "default": ["/opt/wardround"]},
            "viewer_ports": {"type": "list", "elements": "int", "default": [80]},
            "dicom_ports": {"type": "list", "elements": "int", "default": [104, 4242, 11112]},
            "hl7_ports": {"type": "list", "elements": "int", "default": [2575, 2576, 2577]},
            "ignore_users": {"type": "list", "elements": "str", "default": []},
            "deadline": {"type": "float", "default": 5.0},
        },
        supports_check_mode=True,
    )
    started = time.monotonic()
    reasons, programs = idle.ask(module.params)
    seconds = round(time.monotonic() - started, 3)
    module.exit_json(changed=False, idle=not reasons, reasons=reasons, programs=programs, seconds=seconds)


if __name__ == "__main__":
    main()
