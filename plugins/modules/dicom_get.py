#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicom_get
short_description: Retrieve a study from a DICOM peer (C-GET) and say what it holds
version_added: 1.0.0
description:
  - Retrieves a study to the target host with dcmtk's C(getscu), reads the pixels or waveforms of each object, and
    throws the objects away.
  - An aborted, rejected or unfinished retrieval is an error, whatever the exit code of the tool; so is a study
    without uncompressed pixels or waveforms.
author: Wardround founders (@wardround)
extends_documentation_fragment:
  - wardround.hospital.dicom_peer
options:
  study_instance_uid:
    description: The study.
    type: str
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
- name: Does the reading desk get the bytes that the scanner sent?
  wardround.hospital.dicom_get:
    settings: /etc/wardround/pacs_client/dicom.json
    peer: pacs-01
    study_instance_uid: 1.2.826.0.1.3680043.8.498.1
  register: study
"""

RETURN = r"""
objects:
  description:
    - Pixels or waveforms of each object, little endian - length in bytes and SHA-256 in hexadecimal.
    - Whose it is, and the character set (0008,0005) in which that is written; empty where the object does not say.
  returned: success
  type: list
  elements: dict
  sample:
    - bytes: 32768
      sha256: 7a481f6ffff8...
      PatientName: "Wang^XiaoMing=王^小明"
      PatientID: WR-0001
      SpecificCharacterSet: ISO_IR 192
association:
  description: Who asked whom.
  returned: when the question could be asked
  type: dict
  sample: {"calling_ae": "RAD_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
seconds:
  description: How long the answer took.
  returned: when the question could be asked
  type: float
  sample: 0.4
"""

import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_content, dicom_question

_UID = re.compile(r"[0-9.]{1,64}")  # PS3.5, section 9.1


def main():
    module = AnsibleModule(
        argument_spec=dict(dicom.PEER_OPTIONS, study_instance_uid={"type": "str", "required": True}),
        supports_check_mode=True,
        **dicom.PEER_CONSTRAINTS,
    )
    study = module.params["study_instance_uid"]
    if not _UID.fullmatch(study):
        module.fail_json(msg=f"C-GET: study_instance_uid {study!r} is no UID: digits and dots, 64 at most")
    dicom_question.put(module, "C-GET", lambda peer, deadline: {"objects": dicom_content.get(peer, study, deadline)})


if __name__ == "__main__":
    main()
