#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: orthanc_peers
short_description: Say who may ask an Orthanc archive for what
version_added: 1.0.0
description:
  - Writes DICOM peers and their rights into a running Orthanc that keeps them in its database
    (C(DicomModalitiesInDatabase)), so nothing is restarted and no image transfer is interrupted.
  - Runs on the archive itself and takes port and password from its configuration file.
  - An AE title that another peer has is refused, in whatever case.
author: Wardround founders (@wardround)
options:
  config:
    description: Orthanc's configuration file.
    type: path
    default: /etc/wardround/pacs_server/orthanc.json
  peers:
    description: The peers.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the peer's machine.
        type: str
        required: true
      ae_title:
        description: Its AE title; needed unless O(state=absent).
        type: str
      address:
        description: Its address; Orthanc refuses its AE title from any other. Needed unless O(state=absent).
        type: str
      port:
        description: Port on which it takes images.
        type: int
        default: 104
      may:
        description: What it may ask for; all else is refused.
        type: list
        elements: str
        choices: [echo, store, find, worklist, get, move, commit]
        default: [echo, find, get, move]
  state:
    description:
      - V(exact) removes every other peer but those of O(keep).
      - V(present) leaves the others alone.
      - V(absent) removes the peers that are named.
    type: str
    choices: [exact, present, absent]
    default: present
  keep:
    description: Names of peers that belong to others; with O(state=exact) they stay.
    type: list
    elements: str
    default: []
  deadline:
    description:
      - Seconds to wait for Orthanc to listen and to answer; 30 where it is not given.
      - In check mode 1 where it is not given, because there may be no Orthanc yet.
    type: float
attributes:
  check_mode:
    support: full
    description: Asks and says what would change. Where no Orthanc answers yet, all peers count as new.
  diff_mode:
    support: full
    description: One line a peer.
"""

EXAMPLES = r"""
- name: The CT scanner asks the worklist and sends images, nothing else
  wardround.hospital.orthanc_peers:
    peers:
      - name: ct-01
        ae_title: CT_1
        address: 10.87.20.13
        may: [echo, store, worklist]
"""

RETURN = r"""
written:
  description: Names of the peers that were written.
  returned: success
  type: list
  elements: str
  sample: [ct-01]
removed:
  description: Names of the peers that were removed.
  returned: success
  type: list
  elements: str
  sample: []
silent:
  description: Why no Orthanc answered; all peers count as new then.
  returned: in check mode, when none answered
  type: str
  sample: "no answer from http://127.0.0.1:8042 within 1 s: Connection refused"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import orthanc


def run(params, check_mode):
    """Do what the parameters ask; the module's result. Raises OrthancError."""
    present, found = {}, {}
    try:
        archive = orthanc.Orthanc(params["config"], params["deadline"] or (1.0 if check_mode else 30.0))
        present = archive.ask("GET", "/modalities?expand")
    except orthanc.OrthancError as error:
        if not (check_mode and error.silent):
            raise
        found["silent"] = str(error)
    write, remove = orthanc.changes(present, params["peers"], params["keep"], params["state"])
    if not check_mode:
        for name in remove:
            archive.ask("DELETE", orthanc.path_of(name))
        for name, entry in write.items():
            archive.ask("PUT", orthanc.path_of(name), entry)
    after = {name: entry for name, entry in dict(present, **write).items() if name not in remove}
    return dict(
        found,
        changed=bool(write or remove),
        written=sorted(write),
        removed=remove,
        diff={"before": orthanc.as_text(present), "after": orthanc.as_text(after)},
    )


def main():
    peer = {
        "name": {"type": "str", "required": True},
        "ae_title": {"type": "str"},
        "address": {"type": "str"},
        "port": {"type": "int", "default": 104},
        "may": {
            "type": "list",
            "elements": "str",
            "choices": list(orthanc.RIGHTS),
            "default": ["echo", "find", "get", "move"],
        },
    }
    module = AnsibleModule(
        argument_spec={
            "config": {"type": "path", "default": "/etc/wardround/pacs_server/orthanc.json"},
            "peers": {"type": "list", "elements": "dict", "required": True, "options": peer},
            "state": {"type": "str", "choices": ["exact", "present", "absent"], "default": "present"},
            "keep": {"type": "list", "elements": "str", "default": []},
            "deadline": {"type": "float"},
        },
        supports_check_mode=True,
    )
    for one in module.params["peers"] if module.params["state"] != "absent" else []:
        if not one["ae_title"] or not one["address"]:
            module.fail_json(msg=f"peer {one['name']}: ae_title and address are needed")
    try:
        result = run(module.params, module.check_mode)
    except orthanc.OrthancError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
