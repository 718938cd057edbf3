#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicom_find
short_description: Query a DICOM peer (C-FIND)
version_added: 1.0.0
description:
  - Sends a C-FIND from the target host with dcmtk's C(findscu) and reads the responses with C(dcm2json).
  - An aborted, rejected or unfinished query is an error, whatever the exit code of the tool. No match is an empty list.
  - Names come back as they were written, in UTF-8, whatever the character set of the peer.
author: Wardround founders (@wardround)
extends_documentation_fragment:
  - wardround.hospital.dicom_peer
options:
  level:
    description: Query level. V(PATIENT) asks the patient root model, the others the study root model.
    type: str
    choices: [PATIENT, STUDY, SERIES, IMAGE]
    default: STUDY
  keys:
    description:
      - What to match and what to return, by DICOM keyword or tag; an empty value matches everything.
      - Values may be in any script; they are sent as UTF-8 (C(ISO_IR 192)).
    type: dict
    required: true
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
- name: Find a patient from this workstation
  wardround.hospital.dicom_find:
    settings: /etc/wardround/pacs_client/dicom.json
    peer: pacs-01
    keys:
      PatientName: "*王^小明*"
      PatientID: ""
      StudyInstanceUID: ""
"""

RETURN = r"""
matches:
  description: One entry a match, by DICOM keyword where known, else by tag; a person's name is one string.
  returned: success
  type: list
  elements: dict
  sample: [{"PatientName": "Wang^XiaoMing=王^小明", "PatientID": "WR-0001", "QueryRetrieveLevel": "STUDY"}]
association:
  description: Who asked whom.
  returned: when the question could be asked
  type: dict
  sample: {"calling_ae": "RAD_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
seconds:
  description: How long the answer took.
  returned: when the question could be asked
  type: float
  sample: 0.3
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_question


def main():
    module = AnsibleModule(
        argument_spec=dict(
            dicom.PEER_OPTIONS,
            level={"type": "str", "choices": ["PATIENT", "STUDY", "SERIES", "IMAGE"], "default": "STUDY"},
            keys={"type": "dict", "required": True, "no_log": False},
        ),
        supports_check_mode=True,
        **dicom.PEER_CONSTRAINTS,
    )
    keys = {str(name): "" if value is None else str(value) for name, value in module.params["keys"].items()}
    level = module.params["level"]
    dicom_question.put(module, "C-FIND", lambda peer, deadline: {"matches": dicom.find(peer, level, keys, deadline)})


if __name__ == "__main__":
    main()
