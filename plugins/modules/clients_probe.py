#!/usr/bin/python
# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: clients_probe
short_description: Which products a workstation has a release of in use
version_added: 1.0.0
description:
  - Looks for what M(wardround.hospital.release_install) leaves, the link C(current) to the release in use, so that the
    proof can compare it with the desk's C(clients). Anything else in the directory is passed over.
author: Wardround founders (@wardround)
options:
  root:
    description: Directory with one directory a product.
    type: path
    default: /opt/wardround
attributes:
  check_mode:
    support: full
    description: Looks also in check mode, because looking changes nothing.
  diff_mode:
    support: none
    description: Nothing changes.
seealso:
  - module: wardround.hospital.release_install
  - module: wardround.hospital.record_proof
"""

EXAMPLES = r"""
- name: Which products has the desk?
  wardround.hospital.clients_probe:
  register: installed
"""

RETURN = r"""
installed:
  description: Each product with the version of its release in use.
  returned: success
  type: dict
  sample: {his_client: 5.0.2, pacs_client: 3.13.2}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wardround.hospital.plugins.module_utils import release_tree


def main():
    module = AnsibleModule(
        argument_spec={"root": {"type": "path", "default": "/opt/wardround"}}, supports_check_mode=True
    )
    root = module.params["root"]
    try:
        installed = release_tree.in_use(root)
    except OSError as error:
        module.fail_json(msg=f"{root} cannot be read, so the desk's products are unknown: {error.strerror}")
    module.exit_json(changed=False, installed=installed)


if __name__ == "__main__":
    main()
