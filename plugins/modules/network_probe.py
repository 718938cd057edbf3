#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: network_probe
short_description: Ask who reaches whom, from the machines themselves
version_added: 1.0.0
description:
  - With O(state=listening), begins to note which questions arrive at this machine, before its own firewall, and leaves
    a process behind that goes on until O(state=heard), or for O(seconds).
  - With O(state=asking), sends each question a few times, and a frame to everybody in its VLAN; a question is the
    first packet of a service.
  - With O(state=heard), ends that process and brings what it heard.
  - The controller compares what arrived with what was sent; C(wardround prove network --live) does.
author: Wardround founders (@wardround)
options:
  state:
    description: What to do.
    type: str
    required: true
    choices: [listening, asking, heard]
  addresses:
    description: >-
      The machine's own addresses on the network that is asked, IPv4 and IPv6; needed by O(state=listening) and
      O(state=asking).
    type: list
    elements: str
  name:
    description: With O(state=asking), how the machine is called in the frame that it sends to everybody in its VLAN.
    type: str
  directory:
    description: With O(state=heard), the RV(directory) of the process that listens.
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
  register: listening

- name: Take what arrived meanwhile
  wardround.hospital.network_probe:
    state: heard
    directory: "{{ listening.directory }}"
"""

RETURN = r"""
directory:
  description: Where the process that listens keeps its files.
  returned: O(state=listening)
  type: str
  sample: /run/wardround-probe.x7q
heard:
  description: Marks of the questions that arrived, and C(frame NAME) for each machine in the same VLAN.
  returned: O(state=heard)
  type: list
  elements: str
  sample: [4 tcp 10.87.21.33 40122 4242]
sent:
  description: How many packets of its own the machine saw leave, which shows that it listens where packets pass.
  returned: O(state=heard)
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
unsent:
  description: Why a question could not be sent.
  returned: O(state=asking)
  type: dict
  sample: {}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import network_probe


def run(params):
    """Do what the parameters ask. Raises OSError, KeyError, ValueError where the network cannot be asked."""
    if params["state"] == "listening":
        return {"directory": network_probe.begin(params["addresses"], params["seconds"])}
    if params["state"] == "heard":
        heard, sent = network_probe.end(params["directory"])
        return {"heard": heard, "sent": sent}
    network_probe.call(params["name"], params["addresses"])
    marks, answered, unsent = network_probe.ask(params["questions"])
    return {"marks": marks, "answered": answered, "unsent": unsent}


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "required": True, "choices": ["listening", "asking", "heard"]},
            "addresses": {"type": "list", "elements": "str"},
            "name": {"type": "str"},
            "directory": {"type": "path"},
            "seconds": {"type": "float", "default": 300.0},
            "questions": {"type": "dict", "default": {}},
        },
        required_if=[
            ("state", "listening", ["addresses"]),
            ("state", "asking", ["addresses", "name"]),
            ("state", "heard", ["directory"]),
        ],
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module.params))
    except (OSError, KeyError, ValueError) as error:
        module.fail_json(msg=f"the network cannot be asked from here: {error}")


if __name__ == "__main__":
    main()
