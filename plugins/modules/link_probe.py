#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: link_probe
short_description: What a link carries, without filling it
version_added: 1.0.0
description:
  - Measures the way from this machine to another one on which C(iperf3 --server) listens. Latency comes from ping, the
    throughput and the retransmissions of TCP from a flow limited to O(rate_mbits), loss and jitter from datagrams at a
    quarter of it. One flow at a time.
  - Gathers figures; what could not be measured is a sentence in C(faults). The task itself does not fail.
author: Wardround founders (@wardround)
options:
  peer:
    description: How the other machine is called in sentences.
    type: str
    required: true
  source:
    description: Address of this machine that the flows are sent from.
    type: str
    required: true
  address:
    description: Address of the other machine.
    type: str
    required: true
  port:
    description: Port of the other machine's iperf3, TCP and UDP.
    type: int
    default: 5201
  rate_mbits:
    description: What a flow is limited to, in Mbit/s.
    type: float
    required: true
  seconds:
    description: How long each flow lasts.
    type: int
    default: 5
  directions:
    description: V(forward) is from this machine to the other one.
    type: list
    elements: str
    choices: [forward, backward]
    default: [forward, backward]
attributes:
  check_mode:
    support: full
    description: Sends nothing, and is skipped.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - iperf3 and ping (iputils) on this machine
"""

EXAMPLES = r"""
- name: What does the way to the archive carry?
  wardround.hospital.link_probe:
    peer: pacs-01
    source: 10.20.0.21
    address: 10.50.0.11
    rate_mbits: 20
  register: measured
"""

RETURN = r"""
figures:
  description:
    - C(throughput_), C(retransmits_), C(loss_) and C(jitter_) with C(forward) or C(backward), C(round_trip_forward) as
      TCP saw it under load, C(ping), its C(ping_min), C(ping_max), C(ping_deviation) and C(ping_loss).
    - Throughput in Mbit/s, loss in percent, times in ms. What could not be measured is missing.
  returned: when not in check mode
  type: dict
  sample: {throughput_forward: 20.0, retransmits_forward: 0, loss_forward: 0.0, jitter_forward: 0.02, ping: 0.09}
faults:
  description: A sentence for each thing that could not be measured.
  returned: when not in check mode
  type: list
  elements: str
  sample:
    - "no answer from pacs-01 (10.50.0.11) on tcp/5201: a flow for this service is missing in the intent
      (network.flows), or not let through yet"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import link_probe


def main():
    directions = ["forward", "backward"]
    module = AnsibleModule(
        argument_spec={
            "peer": {"type": "str", "required": True},
            "source": {"type": "str", "required": True},
            "address": {"type": "str", "required": True},
            "port": {"type": "int", "default": 5201},
            "rate_mbits": {"type": "float", "required": True},
            "seconds": {"type": "int", "default": 5},
            "directions": {"type": "list", "elements": "str", "choices": directions, "default": directions},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(skipped=True, msg="nothing is sent in check mode")
    figures, faults = link_probe.measure(module.params)
    module.exit_json(changed=False, figures=figures, faults=faults)


if __name__ == "__main__":
    main()
