#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: network_probe
short_description: Ask who reaches whom, from the machines themselves
version_added: 1.0.0
description:
  - With O(state=listening), notes which questions arrive at this machine, before its own firewall; run it as an
    asynchronous task, for it ends only when O(stop_file) appears, or after O(seconds).
  - With O(state=asking), sends each question a few times, and a frame to everybody in its VLAN; a question is the
    first packet of a service.
  - The controller compares what arrived with what was sent; C(wardround prove network --live) does.
author: Wardround founders (@wardround)
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [listening, asking]
  addresses:
    description: The machine's own addresses on the network that is asked, IPv4 and IPv6.
    type: list
    elements: str
    required: true
  name:
    description: With O(state=asking), how the machine is called in the frame that it sends to everybody in its VLAN.
    type: str
  ready_file:
    description: With O(state=listening), a file that is made once the machine listens.
    type: path
  stop_file:
    description: With O(state=listening), a file whose appearance ends it; an old one is removed first.
    type: path
  seconds:
    description: With O(state=listening), the longest that it listens.
    type: float
    default: 300
  questions:
    description: >-
      With O(state=asking), by number, C(protocol) (tcp, udp or icmp), C(address), C(port) and C(source), this
      machine's own address.
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - root, for packet sockets (packet(7))
"""

EXAMPLES = r"""
- name: Note what arrives
  wardround.hospital.network_probe:
    state: listening
    addresses: [10.87.20.11]
    ready_file: /run/wardround-probe.ready
    stop_file: /run/wardround-probe.stop
  async: 320
  poll: 0
"""

RETURN = r"""
heard:
  description: Marks of the questions that arrived, and C(frame NAME) for each machine in the same VLAN.
  returned: O(state=listening)
  type: list
  elements: str
  sample: [4 tcp 10.87.21.33 40122 4242]
sent:
  description: How many packets of its own the machine saw leave, which shows that it listens where packets pass.
  returned: O(state=listening)
  type: int
  sample: 1140
marks:
  description: The marks that each question was sent with.
  returned: O(state=asking)
  type: dict
  sample: {"17": [4 tcp 10.87.21.33 40122 4242]}
answered:
  description: Numbers of the questions by TCP that were accepted or refused.
  returned: O(state=asking)
  type: list
  elements: str
  sample: ["17"]
failed:
  description: Why a question could not be sent.
  returned: O(state=asking)
  type: dict
  sample: {}
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import network_probe


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": ["listening", "asking"]},
            "addresses": {"type": "list", "elements": "str", "required": True},
            "name": {"type": "str"},
            "ready_file": {"type": "path"},
            "stop_file": {"type": "path"},
            "seconds": {"type": "float", "default": 300.0},
            "questions": {"type": "dict", "default": {}},
        },
        required_if=[("state", "listening", ["ready_file", "stop_file"]), ("state", "asking", ["name"])],
        supports_check_mode=True,
    )
    params = module.params
    try:
        if params["state"] == "asking":
            network_probe.call(params["name"], params["addresses"])
            marks, answered, failed = network_probe.ask(params["questions"])
            module.exit_json(marks=marks, answered=answered, failed=failed)
        ready, until = Path(params["ready_file"]), Path(params["stop_file"])
        for old in (ready, until):
            old.unlink(missing_ok=True)
        heard, sent = network_probe.listen(params["addresses"], ready, until, params["seconds"])
        for file in (ready, until):
            file.unlink(missing_ok=True)
        module.exit_json(heard=heard, sent=sent)
    except (OSError, KeyError, ValueError) as error:
        module.fail_json(msg=f"the network cannot be asked from here: {error}")


if __name__ == "__main__":
    main()
