#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dicomweb_probe
short_description: Ask a web viewer what its user would meet
version_added: 1.0.0
description:
  - Asks the workstation's own port for the version it serves, the page with each script and style sheet it names,
    the viewer's settings, a study by QIDO-RS and one frame of it by WADO-RS.
  - The roots of the archive are read from the settings that the viewer serves, never from the inventory, so a release
    with a wrong one is found.
  - Gathers answers and judges nothing. A question that fails has C(error) in its answer; the task does not fail.
author: Wardround founders (@wardround)
options:
  url:
    description: Address of the viewer on the target, without a path.
    type: str
    default: http://127.0.0.1
  study_instance_uid:
    description: Study to ask for; without it only version, page and settings are asked.
    type: str
  series_instance_uid:
    description: Series of the frame.
    type: str
  sop_instance_uid:
    description: Instance of the frame; its first frame is asked for.
    type: str
  deadline:
    description: Seconds for each question.
    type: float
    default: 10
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
"""

EXAMPLES = r"""
- name: Ask this workstation's viewer for the probe study
  wardround.hospital.dicomweb_probe:
    study_instance_uid: "{{ pacs_client_probe.study_instance_uid }}"
    series_instance_uid: "{{ pacs_client_probe.series_instance_uid }}"
    sop_instance_uid: "{{ pacs_client_probe.sop_instance_uid }}"
  register: viewer
"""

RETURN = r"""
version:
  description: The C(version) that is served.
  returned: always
  type: dict
  sample: {"url": "http://127.0.0.1/release.json", "version": "3.13.2", "seconds": 0.002}
page:
  description: The C(assets) that the page names; all of them answered.
  returned: always
  type: dict
  sample: {"url": "http://127.0.0.1/", "assets": ["http://127.0.0.1/app.bundle.js"], "seconds": 0.05}
settings:
  description: The archive's C(qido_root) and C(wado_root), and the C(department)'s settings, as the viewer serves them.
  returned: always
  type: dict
  sample: {"url": "http://127.0.0.1/app-config.js", "qido_root": "http://127.0.0.1/dicom-web", "seconds": 0.001}
list:
  description: The C(modalities) of each study that the list opens with, at most 25.
  returned: when a study was asked for
  type: dict
  sample: {"url": "http://127.0.0.1/dicom-web/studies?...", "modalities": [["CT"], ["CT", "SR"]], "seconds": 0.03}
qido:
  description: The matching C(studies).
  returned: when a study was asked for
  type: dict
  sample: {"url": "http://127.0.0.1/dicom-web/studies?...", "studies": [{"PatientName": "王^小明"}], "seconds": 0.03}
frame:
  description: The frame's C(data) in base64, its C(transfer_syntax) and C(content_type).
  returned: when a study was asked for
  type: dict
  sample: {"url": "http://127.0.0.1/dicom-web/studies/...", "error": "HTTP 404 from ...", "seconds": 0.02}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import dicomweb


def main():
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1"},
            "study_instance_uid": {"type": "str"},
            "series_instance_uid": {"type": "str"},
            "sop_instance_uid": {"type": "str"},
            "deadline": {"type": "float", "default": 10.0},
        },
        required_together=[("study_instance_uid", "series_instance_uid", "sop_instance_uid")],
        supports_check_mode=True,
    )
    answers = dicomweb.probe(
        module.params["url"].rstrip("/"),
        module.params["study_instance_uid"],
        module.params["series_instance_uid"],
        module.params["sop_instance_uid"],
        module.params["deadline"],
    )
    module.exit_json(changed=False, **answers)


if __name__ == "__main__":
    main()
