# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hospital's own data as records of GNU Health."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gnuhealth_master_data
short_description: The records that a GNU Health server must hold about its hospital
description:
  - Turns the options of the role gnuhealth_server into RV(_raw) for the module M(wardround.hospital.gnuhealth_record).
  - Reads the users' password files on the controller, plain or in Ansible Vault.
options:
  _terms:
    description: The institution; one dict.
    type: list
    elements: dict
    required: true
  users:
    description: Who may log in.
    type: list
    elements: dict
    default: []
  lab_test_types:
    description: Laboratory tests.
    type: list
    elements: dict
    default: []
  imaging_test_types:
    description: Imaging studies.
    type: list
    elements: dict
    default: []
author: Wardround founders (@wardround)
"""

EXAMPLES = r"""
records: "{{ query('wardround.hospital.gnuhealth_master_data', institution, users=users) }}"
"""

RETURN = r"""
_raw:
  description: One entry a record, with C(model), C(match) and C(values), in the order in which they depend on another.
  type: list
  elements: dict
"""

from pathlib import Path

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

try:
    from wardround.clinical import master_data

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class LookupModule(LookupBase):
    """Adapter to `wardround.clinical.master_data`."""

    def run(self, terms, variables=None, **kwargs):
        """Return the records of one institution."""
        if IMPORT_ERROR:
            raise AnsibleLookupError(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        self.set_options(var_options=variables, direct=kwargs)
        users = [self._with_password(user) for user in self.get_option("users")]
        types = self.get_option("lab_test_types"), self.get_option("imaging_test_types")
        return master_data.records(terms[0], users, *types)

    def _with_password(self, user):
        if user.get("password"):
            return user
        if not user.get("password_file"):
            raise AnsibleLookupError(f"user {user['login']} of GNU Health has neither password_file nor password")
        path = str(Path(user["password_file"]).resolve())
        return dict(user, password=self._loader.get_text_file_contents(path).rstrip("\n"))
