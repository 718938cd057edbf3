#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: device_clock
short_description: Compare a device's clock with this machine's
version_added: 1.0.0
description:
  - Asks a device for its time by NTP; where it does not answer, compares the time stamp of its newest image with the
    time at which the archive took it.
  - Runs on the archive, and changes nothing. An offset that is too large does not fail the task, RV(ok) says it.
author: Wardround founders (@wardround)
options:
  address:
    description: Address of the device; without it NTP is not asked.
    type: str
  note:
    description: File in which the role C(wardround.hospital.pacs_server) notes the device's newest image.
    type: path
  limit_seconds:
    description: Largest offset that is right.
    type: float
    default: 5
  deadline:
    description: Seconds to wait for NTP.
    type: float
    default: 1
attributes:
  check_mode:
    support: full
    description: Asks also in check mode, because asking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
"""

EXAMPLES = r"""
- name: Compare the CT scanner's clock with the archive's
  wardround.hospital.device_clock:
    address: 10.87.20.13
    note: /var/lib/orthanc/clocks/CT_1.json
  delegate_to: pacs-01
  register: clock
"""

RETURN = r"""
ok:
  description: That the offset is not known to be too large.
  returned: always
  type: bool
  sample: false
doubt:
  description: That the newest image came long after its time stamp, so the clock may be behind.
  returned: always
  type: bool
  sample: false
verdict:
  description: What was found, in a sentence.
  returned: always
  type: str
  sample: its clock is 93.0 s ahead of this machine's, the limit for DICOM time stamps is 5 s (measured by NTP)
offset_seconds:
  description: Seconds that the device is ahead; null when unknown.
  returned: always
  type: float
  sample: 93.0
source:
  description: V(ntp), V(image) or V(none).
  returned: always
  type: str
  sample: ntp
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import device_clock


def main():
    module = AnsibleModule(
        argument_spec={
            "address": {"type": "str"},
            "note": {"type": "path"},
            "limit_seconds": {"type": "float", "default": 5.0},
            "deadline": {"type": "float", "default": 1.0},
        },
        required_one_of=[("address", "note")],
        supports_check_mode=True,
    )
    params = module.params
    by_ntp = device_clock.ntp_offset(params["address"], params["deadline"]) if params["address"] else None
    by_image = device_clock.image_offset(device_clock.read_note(params["note"])) if params["note"] else None
    answer = device_clock.judge(by_ntp, by_image, params["limit_seconds"])
    if answer["doubt"]:
        module.warn(answer["verdict"])
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
