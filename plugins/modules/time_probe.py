#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: time_probe
short_description: Whether a machine's clock is right
version_added: 1.0.0
description:
  - Asks chrony which time server it follows and how closely, and asks each time server itself with a question of its
    own (SNTP), so that chrony's word is not the only one.
  - Gathers answers; a clock that is off has C(ok) false and the reason. The task itself does not fail.
author: Wardround founders (@wardround)
options:
  settings:
    description: File that the role time_client writes, with the servers and the limit.
    type: path
    default: /etc/wardround/time_client/time.json
  host:
    description: How the machine is called in sentences; by default its own name.
    type: str
  wait:
    description: Seconds that chrony has to choose a server, for after it was started.
    type: float
    default: 0
  deadline:
    description: Seconds for each question.
    type: float
    default: 3
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - chrony on the target
"""

EXAMPLES = r"""
- name: Is this desk's clock right?
  wardround.hospital.time_probe:
    host: "{{ inventory_hostname }}"
  register: clock
"""

RETURN = r"""
answers:
  description: C(chrony), and C(clock NAME) for each time server, each with C(ok), C(expected), C(found) and C(seconds).
  returned: always
  type: dict
  sample:
    clock share-01:
      ok: false
      expected: within 1 s of share-01
      found: "clock of reg-ws-01 is 5.2 s ahead of share-01, allowed 1 s: time stamps in HL7 and DICOM would be wrong"
      seconds: 0.002
"""

import json
import socket
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import chrony


def main():
    module = AnsibleModule(
        argument_spec={
            "settings": {"type": "path", "default": "/etc/wardround/time_client/time.json"},
            "host": {"type": "str"},
            "wait": {"type": "float", "default": 0.0},
            "deadline": {"type": "float", "default": 3.0},
        },
        supports_check_mode=True,
    )
    params = module.params
    host = params["host"] or socket.gethostname()
    try:
        settings = json.loads(Path(params["settings"]).read_text(encoding="utf-8"))
        servers = [{key: str(server[key]) for key in ("name", "address")} for server in settings["servers"]]
        settings = {
            "servers": servers,
            "serves": bool(settings["serves"]),
            "max_offset_seconds": float(settings["max_offset_seconds"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        module.fail_json(msg=f"{params['settings']} cannot be read, so no time server is known: {error}")
    answers = {"chrony": chrony.check_chrony(settings, host, params["deadline"], params["wait"])}
    asked = servers or [
        {"name": host, "address": "127.0.0.1"}
    ]  # a server without servers is asked as its clients would
    for server in asked:
        answers[f"clock {server['name']}"] = chrony.check_server(server, settings, host, params["deadline"])
    module.exit_json(changed=False, answers=answers)


if __name__ == "__main__":
    main()
