#!/usr/bin/python
# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: switch_vlans
short_description: VLANs and ports of a switch, changed so that a mistake undoes itself
version_added: 1.0.0
description:
  - Logs in to a switch over SSH from the controller, reads its running configuration and its VLAN table, and refuses
    to go on where the two disagree.
  - The change is worked out by set arithmetic and typed in an order that is safe at every line. VLANs are made, added
    to trunks, ports are moved, VLANs are removed from trunks, and those that nobody needs are deleted.
  - Refused are the loss of the VLAN over which the switch is managed, also on a trunk to switches behind it, which
    must neither be shut down nor stop being a trunk; a change of the port or aggregation towards the manager (its own
    uplink, known from the intent, the address tables or LLDP) other than VLANs added or removed; and the deletion of a
    VLAN that a port carries. VLANs 1 and 1002 to 1005 are never touched.
  - No state opens a port that is shut down unless its C(enabled) says C(true).
  - On Cisco IOS as a VTP server or client, VLANs are not added, renamed or deleted, because they are in C(vlan.dat),
    which no rollback puts back. Ports are changed there, too. C(vtp mode transparent) or C(vtp mode off) is wanted.
  - The switch's own timer is armed before the change. Only when a new session finds the switch to be what was wished
    is the timer stopped and the configuration saved. A session that is lost leaves the switch to go back by itself.
  - Connection variables say where and who, C(ansible_host), C(ansible_port), C(ansible_user), C(ansible_password) or
    C(ansible_ssh_private_key_file), and C(ansible_become_password) for the C(enable) of Cisco IOS. Set
    C(ansible_connection) to C(local). An unknown host key is refused.
  - Written after the vendors' manuals and tried on emulated switches; not verified on hardware.
author: Wardround founders (@wardround)
options:
  config:
    description:
      - The switch as C(wardround compile network) writes it. C(vlans) are names by id; C(ports), by name, have
        C(access) with or without C(voice), or C(trunk) (a list such as C(20-24,30)) with or without C(native), and
        C(description) and C(enabled), C(false) for a port that is shut down; C(management_vlan) and C(uplink) are
        protected. C(switch) and C(platform) are allowed too.
      - A port that does not say C(access) or C(trunk) keeps its VLANs, and one that does not say C(enabled) stays as
        open or shut as it is, in every state.
      - Needed but for O(state=gathered) and O(state=parsed).
    type: dict
  state:
    description:
      - V(merged) adds what is named; V(replaced) replaces the ports and VLANs that are named; V(overridden) makes the
        whole switch so, and resets ports that are not named; V(deleted) deletes the VLANs and resets the ports that
        are named.
      - A port that is reset loses its VLANs and its description, and stays as open or shut as it is. What
        C(wardround compile network) writes names every port, the unused ones with C(enabled) C(false).
      - V(rendered) writes O(config) in the switch's language and V(parsed) reads O(running_config), both without a
        switch. V(gathered) says what the switch is.
    type: str
    default: merged
    choices: [merged, replaced, overridden, deleted, rendered, gathered, parsed]
  platform:
    description:
      - V(cisco_ios), V(huawei_vrp5), V(huawei_vrp8) or V(h3c_comware7); what O(config) says where this does not.
      - The way back is C(configure terminal revert timer) on Cisco IOS whose C(archive) has a path, else C(reload
        in), which reboots; C(schedule reboot delay) on VRP 5, which reboots; C(commit trial) on VRP 8;
        C(configuration commit delay) on Comware 7.
    type: str
  running_config:
    description: Running configuration as text, for O(state=parsed).
    type: str
  show_vlan:
    description: What C(show vlan brief), C(display vlan) or C(display vlan brief) shows, for O(state=parsed).
    type: str
  confirm_seconds:
    description:
      - The switch's timer, rounded up to whole minutes where it counts in minutes. Within half of it the change must
        be typed, within the whole of it proved.
    type: int
    default: 120
  consent_unsaved:
    description:
      - Change the switch although its running configuration is not the saved one. The work of whoever did not save it
        is then saved with the change.
    type: bool
    default: false
  known_hosts:
    description: File with host keys, besides the user's own.
    type: path
  timeout:
    description: Seconds that logging in may take, and the answer to a line.
    type: float
    default: 30.0
requirements:
  - the Python package wardround on the controller
attributes:
  check_mode:
    support: full
    description: Logs in, checks everything, and returns commands and difference without typing them.
  diff_mode:
    support: full
    description: VLANs and ports in the switch's own language.
"""

EXAMPLES = r"""
- name: Make the switch what the intent says
  wardround.hospital.switch_vlans:
    config: "{{ lookup('ansible.builtin.file', 'switches/' ~ inventory_hostname ~ '.yml') | from_yaml }}"
    state: overridden

- name: Give one socket the imaging VLAN
  wardround.hospital.switch_vlans:
    platform: cisco_ios
    config:
      management_vlan: 99
      ports:
        GigabitEthernet1/0/7: {access: 30, description: MRI 2}

- name: See what a switch is
  wardround.hospital.switch_vlans:
    platform: huawei_vrp5
    state: gathered
  register: switch
"""

RETURN = r"""
before:
  description: The switch before the change, in the form of O(config).
  returned: when it may change
  type: dict
after:
  description: The switch after it; in check mode, what it would be.
  returned: when it may change
  type: dict
commands:
  description: Lines that were typed, or in check mode would be; empty where nothing was to do.
  returned: when it may change
  type: list
  elements: str
  sample: [vlan 30, name IMAGING, exit]
unified_diff:
  description: Difference of the VLANs and ports in the switch's own language.
  returned: when it may change
  type: str
state:
  description: The state that was asked for.
  returned: when it may change
  type: str
  sample: overridden
rollback:
  description: What would have undone the change; empty where none was made.
  returned: when it may change
  type: str
  sample: configure terminal revert timer
rendered:
  description: Lines of O(config) in the switch's language.
  returned: when O(state=rendered)
  type: list
  elements: str
gathered:
  description: The switch, in the form of O(config).
  returned: when O(state=gathered)
  type: dict
parsed:
  description: The switch of O(running_config), in the form of O(config).
  returned: when O(state=parsed)
  type: dict
"""
