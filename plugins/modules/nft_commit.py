#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: nft_commit
short_description: Change a firewall's rules so that a mistake undoes itself
version_added: 1.0.0
description:
  - With O(state=armed), loads the rules of table C(inet wardround) after it has armed a timer that loads those before.
  - With O(state=confirmed), stops the timer and keeps the rules for the next start; only over a connection that was
    made after they were loaded, so that rules that cut SSH are taken back.
  - Rules that are in use and kept already are left alone.
author: Wardround founders (@wardround)
options:
  state:
    description: What to do.
    type: str
    choices: [armed, confirmed]
    required: true
  source:
    description: File on this machine with the whole of the table, for O(state=armed).
    type: path
  directory:
    description: Where the rules in use, those before and the record are kept.
    type: path
    default: /etc/wardround/firewall
  seconds:
    description: Until the timer takes the rules back.
    type: int
    default: 60
  need_ssh:
    description: Whether a confirmation must come over an SSH connection that is a new one.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Checks the rules with nft, and says what it would change.
  diff_mode:
    support: full
    description: Shows the rules in use and those wanted.
requirements:
  - nftables and systemd on the target
"""

EXAMPLES = r"""
- name: Load the rules; without a confirmation they are gone again in a minute
  wardround.hospital.nft_commit:
    state: armed
    source: /etc/wardround/firewall/candidate.nft

- name: Come back over a new connection
  ansible.builtin.meta: reset_connection

- name: Keep them
  wardround.hospital.nft_commit:
    state: confirmed
"""

RETURN = r"""
waiting:
  description: Whether the rules wait for a confirmation, or would.
  returned: O(state=armed)
  type: bool
  sample: true
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import nft_commit


def main():
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["armed", "confirmed"], "required": True},
            "source": {"type": "path"},
            "directory": {"type": "path", "default": "/etc/wardround/firewall"},
            "seconds": {"type": "int", "default": 60},
            "need_ssh": {"type": "bool", "default": True},
        },
        required_if=[("state", "armed", ["source"])],
        supports_check_mode=True,
    )
    wanted, files = module.params, nft_commit.Files(module.params["directory"])
    over = nft_commit.connection()
    try:
        if wanted["state"] == "armed":
            text = Path(wanted["source"]).read_text()
            result = nft_commit.apply(text, files, wanted["seconds"], module.check_mode, over=over)
        else:
            result = nft_commit.confirm(files, wanted["need_ssh"], module.check_mode, over=over)
    except (nft_commit.CommitError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
