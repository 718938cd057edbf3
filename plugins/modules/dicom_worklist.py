#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicom_worklist
short_description: Ask for the modality worklist as a device does
version_added: 1.0.0
description:
  - Sends a worklist C-FIND (DICOM PS3.4, annex K) from the target host with dcmtk's C(findscu).
  - An aborted, rejected or unfinished query is an error, whatever the exit code of the tool. No entry is an empty list.
  - Every entry brings what a device needs to name its images, whether it is in O(keys) or not.
author: Wardround founders (@wardround)
extends_documentation_fragment:
  - wardround.hospital.dicom_peer
options:
  keys:
    description:
      - What to match, and what else to return, by DICOM keyword or tag; an empty value matches everything.
      - What belongs to the step is under C(ScheduledProcedureStepSequence), as a mapping or a list of one.
      - Values may be in any script; they are sent as UTF-8 (C(ISO_IR 192)).
    type: dict
    default: {}
  wait:
    description: Seconds to wait for an entry to match, asking again and again. If none does, the list is empty.
    type: float
    default: 0
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
- name: Ask as the CT scanner for its own entry of an order
  wardround.hospital.dicom_worklist:
    calling_ae: CT_1
    called_ae: WR_PACS
    host: 10.87.20.11
    port: 4242
    keys:
      AccessionNumber: REQ0001
      ScheduledProcedureStepSequence:
        Modality: CT
        ScheduledStationAETitle: CT_1
  register: worklist
"""

RETURN = r"""
matches:
  description:
    - One entry a match, by DICOM keyword where known, else by tag; a person's name is one string.
    - A sequence is a list of entries.
  returned: success
  type: list
  elements: dict
  sample:
    - AccessionNumber: REQ0001
      PatientName: "Wang^XiaoMing=王^小明"
      PatientID: WR-0001
      StudyInstanceUID: 2.25.1
      ScheduledProcedureStepSequence: [{"Modality": "CT", "ScheduledStationAETitle": "CT_1"}]
association:
  description: Who asked whom.
  returned: when the question could be asked
  type: dict
  sample: {"calling_ae": "CT_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
seconds:
  description: How long the answer took, with what was spent in O(wait).
  returned: when the question could be asked
  type: float
  sample: 0.1
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_question

PAUSE = 0.3  # seconds between two questions


def ask(peer, keys, deadline, wait):
    """The entries that match, as soon as there are any; none after `wait` seconds."""
    ends = time.monotonic() + wait
    while True:
        matches = dicom.worklist(peer, keys, deadline)
        if matches or time.monotonic() >= ends:
            return {"matches": matches}
        time.sleep(PAUSE)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            dicom.PEER_OPTIONS,
            keys={"type": "dict", "default": {}, "no_log": False},
            wait={"type": "float", "default": 0.0},
        ),
        supports_check_mode=True,
        **dicom.PEER_CONSTRAINTS,
    )
    keys, wait = module.params["keys"], module.params["wait"]
    dicom_question.put(module, "worklist C-FIND", lambda peer, deadline: ask(peer, keys, deadline, wait))


if __name__ == "__main__":
    main()
