#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_gate
short_description: Admit a host to its change in a staged roll-out, and record the outcome
description:
  - First and last task of a wave. V(open) checks approval, inventory digest, lock, halt, baseline and the gates of
    earlier waves, refuses hosts of no wave or of several, journals the intent and returns its id, without which
    M(wardround.hospital.release_install) does not switch.
  - V(restart) stands before the switch. A host that is in use is journaled as staged, waiting for restart, and the play
    ends it; an idle one goes on.
  - V(close) records how it ended. With O(outcome=rolled_back) the task fails the host, so that the run is red.
  - In check mode everything is asked and nothing is journaled.
author: Wardround founders (@wardround)
options:
  phase:
    description: Before anything, before the switch, or after the change.
    type: str
    required: true
    choices: [open, restart, close]
  direction:
    description: V(back) is the recorded way back; it needs no new approval.
    type: str
    default: forward
    choices: [forward, back]
  intent:
    description: The id that O(phase=open) returned; needed afterwards.
    type: str
  idle:
    description:
      - Whether nobody uses the host, as M(wardround.hospital.workstation_idle) says; needed for O(phase=restart).
    type: bool
  busy:
    description: What uses it, a sentence each.
    type: list
    elements: str
    default: []
  outcome:
    description: How it ended, when closing.
    type: str
    default: applied
    choices: [applied, rolled_back]
  reason:
    description: Why it was rolled back, in a sentence.
    type: str
    default: ""
requirements:
  - the Python package wardround on the controller
attributes:
  check_mode:
    support: full
    description: Asks everything, journals nothing.
  diff_mode:
    support: none
    description: Changes nothing on the target.
"""

EXAMPLES = r"""
- name: Open the gate
  wardround.hospital.rollout_gate:
    phase: open
  register: rollout_ticket
  tags: always

- name: Leave it staged while it is in use
  wardround.hospital.rollout_gate:
    phase: restart
    intent: "{{ rollout_ticket.intent }}"
    idle: "{{ desk.idle }}"
    busy: "{{ desk.reasons }}"
  register: rollout_go

- name: Close the gate
  wardround.hospital.rollout_gate:
    phase: close
    intent: "{{ rollout_ticket.intent }}"
  tags: always
"""

RETURN = r"""
intent:
  description: Id of the journaled intent; C(check) in check mode, empty where O(phase=open) found nothing left to do.
  returned: when O(phase=open)
  type: str
  sample: i-0f3c2a9d5b7e4c61
already:
  description: Whether this roll-out has already changed the host.
  returned: when O(phase=open)
  type: bool
wave:
  description: The wave the host is in.
  returned: when O(phase=open)
  type: str
  sample: wave_01
restart:
  description: Whether the host may be switched and restarted now.
  returned: when O(phase=restart)
  type: bool
"""
