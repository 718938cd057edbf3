# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AE titles of workstations."""

from __future__ import annotations

DOCUMENTATION = r"""
name: ae_title
short_description: The DICOM AE title of a host
description:
  - The host's own C(ae_title) where it has one, otherwise its department's C(ae_title_pattern) with C({n}) replaced
    by the number at the end of the host's name.
positional: _input
options:
  _input:
    description: The host's name.
    type: str
    required: true
  hostvars:
    description: The host's variables.
    type: dict
    required: true
author: Wardround founders (@wardround)
"""

EXAMPLES = r"""
own: "{{ inventory_hostname | wardround.hospital.ae_title(hostvars[inventory_hostname]) }}"
"""

RETURN = r"""
_value:
  description: The AE title.
  type: str
  sample: RAD_1
"""

from ansible.errors import AnsibleFilterError

try:
    from wardround.intent.ae_title import of_host

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


def ae_title(name, hostvars):
    """Return the AE title of the host `name`."""
    if IMPORT_ERROR:
        raise AnsibleFilterError(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
    try:
        return of_host(name, hostvars, hostvars["group_names"])
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return name and function of each filter."""
        return {"ae_title": ae_title}
