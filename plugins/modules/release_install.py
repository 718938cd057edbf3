#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release_install
short_description: Install a release beside the one in use, switch to it, switch back
version_added: 1.0.0
description:
  - Keeps the releases of one clinical product side by side in C(<root>/releases/<version>) and says by the link
    C(<root>/current) which one is in use. A switch is one rename, so a user never meets half a release.
  - A release is a tar file on the hospital's share. Nothing is unpacked before its SHA-256 is right; members that
    would be written outside, and links of any kind, are refused.
  - Moving a machine from one version to another needs O(intent), the id that the roll-out's gate gave it. The same
    intent never switches twice, and every switch leaves one line in C(<root>/journal.jsonl).
  - One run at a time works on a machine; what a killed one left half-made is removed by the next.
author: Wardround founders (@wardround)
options:
  root:
    description: Directory of the product on the target.
    type: path
    required: true
  state:
    description:
      - V(staged) brings the release in and changes nothing that is in use.
      - V(present) installs it where there is none yet. Another version in use is reported in RV(drift) and left alone.
      - V(active) stages it and switches to it.
      - V(previous) switches back to O(version), or without it to the release that was in use before.
    type: str
    choices: [staged, present, active, previous]
    default: present
  version:
    description: The release; needed by every state but V(previous).
    type: str
  url:
    description: Where the share serves the release's tar file; needed by every state but V(previous).
    type: str
  sha256:
    description: SHA-256 of that file in hexadecimal; needed by every state but V(previous).
    type: str
  intent:
    description: Id of the approved intent to move this machine; without it no version in use is replaced.
    type: str
  keep:
    description: How many releases stay on the machine after a switch. The one in use and the previous one always stay.
    type: int
    default: 2
  served_url:
    description: Address on the target that serves the release's C(release.json), to report what users really get.
    type: str
  lock_timeout:
    description: Seconds to wait for another run on the same machine.
    type: float
    default: 30
  deadline:
    description: Seconds that the download may take.
    type: float
    default: 600
attributes:
  check_mode:
    support: full
    description: Says exactly what would change; downloads nothing and takes no lock.
  diff_mode:
    support: full
    description: Links and releases before and after.
"""

EXAMPLES = r"""
- name: Install the viewer where there is none
  wardround.hospital.release_install:
    root: /opt/wardround/pacs_client
    version: 3.12.0
    url: http://10.87.20.12/releases/ohif-3.12.0.tar
    sha256: "{{ releases.products.pacs_client.versions['3.12.0'].sha256 }}"
    served_url: http://127.0.0.1/release.json

- name: Bring the next release in before the window
  wardround.hospital.release_install:
    root: /opt/wardround/pacs_client
    state: staged
    version: 3.13.2
    url: http://10.87.20.12/releases/ohif-3.13.2.tar
    sha256: "{{ releases.products.pacs_client.versions['3.13.2'].sha256 }}"

- name: Go back
  wardround.hospital.release_install:
    root: /opt/wardround/pacs_client
    state: previous
    version: 3.12.0
    intent: "{{ pacs_client_intent }}"
"""

RETURN = r"""
linked:
  description: Version in use after the task, null when there is none.
  returned: success
  type: str
  sample: 3.13.2
previous:
  description: Version to go back to, null when there is none.
  returned: success
  type: str
  sample: 3.12.0
releases:
  description: Every release on the machine, oldest first.
  returned: success
  type: list
  elements: str
  sample: ["3.12.0", "3.13.2"]
served:
  description: Version that O(served_url) names, or V(unknown).
  returned: success
  type: str
  sample: 3.13.2
served_reason:
  description: Why RV(served) is unknown.
  returned: when it is unknown
  type: str
  sample: "http://127.0.0.1/release.json answers HTTP 404"
drift:
  description: What is wanted and what is installed, where O(state=present) left another release alone; else null.
  returned: success
  type: dict
  sample: {"wanted": "3.12.0", "installed": "3.13.2", "wanted_sha256": "9c1d...", "installed_sha256": "77ab..."}
"""

import os
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils.release_archive import ReleaseError, served_version
from ansible_collections.wardround.hospital.plugins.module_utils.release_tree import Tree, decide


def run(params, check_mode):
    """Do what the parameters ask; the module's result. Raises ReleaseError and OSError."""
    tree = Tree(params["root"])
    owner = f"intent {params['intent']}" if params["intent"] else "no intent"
    with _unlocked() if check_mode else tree.lock(params["lock_timeout"], owner):
        before = tree.layout()
        decision = decide(
            before,
            tree.journal(),
            params["state"],
            version=params["version"],
            sha256=params["sha256"],
            intent=params["intent"],
            keep=params["keep"],
        )
        if not check_mode:
            tree.clean()
            if decision.stage:
                tree.stage(decision.stage, params["url"], params["sha256"], params["deadline"])
            if decision.switch:
                tree.switch(before, decision, params["intent"])
                tree.prune(decision.after)
    served, reason = served_version(params["served_url"])
    result = {
        "changed": decision.changed,
        "linked": decision.after.linked,
        "previous": decision.after.previous,
        "releases": decision.after.releases,
        "served": served,
        "drift": decision.drift,
        "diff": {"before": before.as_text(), "after": decision.after.as_text()},
    }
    return dict(result, served_reason=reason) if reason else result


@contextmanager
def _unlocked():
    yield


def main():
    wanted = ("version", "url", "sha256")
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["staged", "present", "active", "previous"], "default": "present"},
            "version": {"type": "str"},
            "url": {"type": "str"},
            "sha256": {"type": "str"},
            "intent": {"type": "str"},
            "keep": {"type": "int", "default": 2},
            "served_url": {"type": "str"},
            "lock_timeout": {"type": "float", "default": 30.0},
            "deadline": {"type": "float", "default": 600.0},
        },
        required_if=[("state", state, wanted) for state in ("staged", "present", "active")],
        supports_check_mode=True,
    )
    os.umask(0o022)  # the web server reads what is installed here, whatever root's own umask is
    try:
        result = run(module.params, module.check_mode)
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['root']}: {error.strerror or error}")
    drift = result["drift"]
    if drift:
        module.warn(
            f"drift: {drift['installed']} is installed, {drift['wanted']} is wanted;"
            " only an approved plan moves a version"
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
