#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicom_echo
short_description: Ask a DICOM peer whether it answers (C-ECHO)
version_added: 1.0.0
description:
  - Sends a C-ECHO from the target host with dcmtk's C(echoscu).
  - Judges the peer's answer, not the exit code of the tool.
author: Wardround founders (@wardround)
extends_documentation_fragment:
  - wardround.hospital.dicom_peer
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
requirements:
  - dcmtk on the target
"""

EXAMPLES = r"""
- name: Ask the archive with the workstation's own AE title
  wardround.hospital.dicom_echo:
    settings: /etc/wardround/pacs_client/dicom.json
    peer: pacs-01

- name: Ask with everything spelled out
  wardround.hospital.dicom_echo:
    calling_ae: RAD_1
    called_ae: WR_PACS
    host: 10.87.20.11
    port: 4242
    deadline: 3
"""

RETURN = r"""
answered:
  description: That the peer answered Success.
  returned: success
  type: bool
  sample: true
association:
  description: Who asked whom.
  returned: when the question could be asked
  type: dict
  sample: {"calling_ae": "RAD_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
seconds:
  description: How long the answer took.
  returned: when the question could be asked
  type: float
  sample: 0.04
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_question


def answered(peer, deadline):
    """The result of a C-ECHO that the peer answered."""
    dicom.echo(peer, deadline)
    return {"answered": True}


def main():
    module = AnsibleModule(argument_spec=dicom.PEER_OPTIONS, supports_check_mode=True, **dicom.PEER_CONSTRAINTS)
    dicom_question.put(module, "C-ECHO", answered)


if __name__ == "__main__":
    main()
