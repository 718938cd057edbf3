#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record_link
short_description: Judge what was measured of a link, and keep it
version_added: 1.0.0
description:
  - First and last task of C(playbooks/check_links.yml), and the last of each link. In between C(link_probe) measures;
    the verdict is a pure function of the Python package wardround; each check is a line of
    C($WARDROUND_STATE/links/NAME.jsonl).
  - One such run at a time goes through a hospital, because two would measure each other.
author: Wardround founders (@wardround)
options:
  state:
    description:
      - V(begun) validates the hospital's data, takes the lock and returns the links.
      - V(checked) judges one link, keeps the check, and warns where the link is worse than usual.
      - V(ended) gives the lock back and tells how the links of O(only) are by their last checks.
    type: str
    required: true
    choices: [begun, checked, ended]
  only:
    description: Names of links; for O(state=begun) none means all.
    type: list
    elements: str
    default: []
  accept:
    description: Why what is measured now is usual from now on. O(state=begun) wants O(only) with it.
    type: str
  link:
    description: One of the C(links) that O(state=begun) returned.
    type: dict
  opened:
    description: Result of the task that opened the far end.
    type: dict
    default: {}
  measured:
    description: Result of C(link_probe).
    type: dict
    default: {}
requirements:
  - the Python package wardround on the controller
attributes:
  check_mode:
    support: full
    description: Says what would be measured; takes no lock and keeps nothing.
  diff_mode:
    support: none
    description: Changes nothing on the target.
"""

EXAMPLES = r"""
- name: Judge and record
  wardround.hospital.record_link:
    state: checked
    link: "{{ link }}"
    opened: "{{ opened }}"
    measured: "{{ measured }}"
"""

RETURN = r"""
links:
  description:
    - Links with C(name), C(from), C(to), C(source) and C(address) (clinical addresses of these two), C(port),
      C(rate_mbits), C(seconds), C(directions), C(thresholds), C(deadline) in seconds, and C(told), a sentence.
  returned: O(state=begun)
  type: list
  elements: dict
hosts:
  description: Names of the hosts at the ends of these links.
  returned: O(state=begun)
  type: list
  elements: str
good:
  description: Whether the link is as usual.
  returned: O(state=checked)
  type: bool
told:
  description: A sentence for each link, those that are worse than usual last.
  returned: O(state=ended)
  type: list
  elements: str
  sample:
    - "images (rad-ws-01 to pacs-01): loss forward 3.07 %, usually 0.00 %; since 2026-11-28T03:00:12Z"
worse:
  description: Those sentences of C(told) whose links are worse than usual, or could not be measured.
  returned: O(state=ended)
  type: list
  elements: str
"""
