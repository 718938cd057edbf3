#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicom_store
short_description: Send a DICOM file as a device does (C-STORE)
version_added: 1.0.0
description:
  - Copies a file on the target, writes values into the copy, and sends it with dcmtk's C(storescu).
  - Counts as stored only when the peer's own C-STORE response says so, whatever the exit code of the tool.
  - With a new C(StudyInstanceUID) and no other identifiers the series and the instance get identifiers derived from
    the study and the file, so sending twice stores once.
author: Wardround founders (@wardround)
extends_documentation_fragment:
  - wardround.hospital.dicom_peer
options:
  source:
    description: DICOM file on the target; it is not changed.
    type: path
    required: true
  values:
    description:
      - What to write into the copy, by DICOM keyword or tag. An empty value stays in the file as empty.
      - A list of mappings is a sequence, another list several values.
      - Values may be in any script; then all texts of the copy become UTF-8 (C(ISO_IR 192)).
    type: dict
    default: {}
  stamp:
    description: Whether to write the target's present time as when the instance was made, with its offset from UTC.
    type: bool
    default: false
  transfer_syntax:
    description:
      - The only transfer syntax to propose, by DICOM keyword. Uncompressed files are converted on the way.
      - Without it, uncompressed ones are proposed for an uncompressed file, and a compressed file's own.
    type: str
    choices:
      - ImplicitVRLittleEndian
      - ExplicitVRLittleEndian
      - DeflatedExplicitVRLittleEndian
      - ExplicitVRBigEndian
      - JPEGBaseline8Bit
      - JPEGExtended12Bit
      - JPEGLosslessSV1
      - JPEGLSLossless
      - JPEG2000Lossless
      - JPEG2000
      - RLELossless
attributes:
  check_mode:
    support: full
    description: Writes the values into a copy and sends nothing.
  diff_mode:
    support: none
    description: What changes is at the peer.
requirements:
  - dcmtk on the target
"""

EXAMPLES = r"""
- name: Send the CT with what the worklist said
  wardround.hospital.dicom_store:
    calling_ae: CT_1
    called_ae: WR_PACS
    host: 10.87.20.11
    port: 4242
    source: /srv/templates/ct.dcm
    stamp: true
    values:
      PatientName: "{{ entry.PatientName }}"
      PatientID: "{{ entry.PatientID }}"
      AccessionNumber: "{{ entry.AccessionNumber }}"
      StudyInstanceUID: "{{ entry.StudyInstanceUID }}"
      RequestAttributesSequence:
        - ScheduledProcedureStepID: "{{ step.ScheduledProcedureStepID }}"
          RequestedProcedureID: "{{ entry.RequestedProcedureID }}"

- name: Send as a device that only knows Implicit VR Little Endian
  wardround.hospital.dicom_store:
    calling_ae: XR_1
    called_ae: WR_PACS
    host: 10.87.20.11
    port: 4242
    source: /srv/templates/xr.dcm
    transfer_syntax: ImplicitVRLittleEndian
"""

RETURN = r"""
sop_instance_uid:
  description: The instance that was sent.
  returned: when the file could be read
  type: str
  sample: 2.25.1
series_instance_uid:
  description: Its series.
  returned: when the file could be read
  type: str
  sample: 2.25.2
study_instance_uid:
  description: Its study.
  returned: when the file could be read
  type: str
  sample: 2.25.3
sop_class_uid:
  description: Its SOP class.
  returned: when the file could be read
  type: str
  sample: 1.2.840.10008.5.1.4.1.1.2
status:
  description: The peer's own words; a warning means stored too.
  returned: success, not in check mode
  type: str
  sample: Success
transfer_syntax:
  description: In which transfer syntax it was sent; of a refused or unsent file, its own.
  returned: when the file could be read
  type: str
  sample: ExplicitVRLittleEndian
association:
  description: Who asked whom.
  returned: when the question could be asked
  type: dict
  sample: {"calling_ae": "CT_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
content:
  description:
    - Pixels or waveforms of the file, little endian - length in bytes and SHA-256 in hexadecimal.
    - Null for an object without any, or with compressed ones.
  returned: success
  type: dict
  sample: {"bytes": 32768, "sha256": "7a481f6ffff8..."}
seconds:
  description: How long sending and the answer took.
  returned: when it was sent
  type: float
  sample: 0.2
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicom, dicom_content, dicom_store


def main():
    module = AnsibleModule(
        argument_spec=dict(
            dicom.PEER_OPTIONS,
            source={"type": "path", "required": True},
            values={"type": "dict", "default": {}, "no_log": False},
            stamp={"type": "bool", "default": False},
            transfer_syntax={"type": "str", "choices": list(dicom_store.TRANSFER_SYNTAXES)},
        ),
        supports_check_mode=True,
        **dicom.PEER_CONSTRAINTS,
    )
    params = module.params
    values = dict(dicom_store.moment(dicom_store.clock()) if params["stamp"] else {}, **params["values"])
    result = {"changed": True}
    try:
        result["association"] = dicom.association(params)
        result.update(
            dicom_store.store(
                result["association"],
                params["source"],
                values,
                params["transfer_syntax"],
                params["deadline"],
                send=not module.check_mode,
            )
        )
    except dicom_store.StoreRefused as error:
        result.update(error.result)
        result["changed"] = False
        module.fail_json(msg=f"C-STORE: {error}", **result)
    except dicom.DicomError as error:
        result["changed"] = False
        module.fail_json(msg=f"C-STORE: {error}", **result)
    result["content"] = dicom_content.content(params["source"], params["deadline"])
    if result.get("status", "Success") != "Success":
        module.warn(f"stored with a warning: {result['status']}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
