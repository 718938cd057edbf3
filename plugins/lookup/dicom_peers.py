# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DICOM peers of a hospital."""

from __future__ import annotations

DOCUMENTATION = r"""
name: dicom_peers
short_description: Every host of the hospital that has a DICOM AE title
description:
  - Read from the inventory directory once for all hosts; far cheaper than an expression over C(hostvars).
options:
  _terms:
    description: Inventory directories; by default those of the running command.
    type: list
    elements: str
author: Wardround founders (@wardround)
"""

EXAMPLES = r"""
peers: "{{ lookup('wardround.hospital.dicom_peers', wantlist=true) }}"
"""

RETURN = r"""
_raw:
  description: One entry a host, in order of AE title, with C(name), C(ae_title) and C(address).
  type: list
  elements: dict
"""

from pathlib import Path

from ansible import context
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

try:
    from wardround import intent

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class LookupModule(LookupBase):
    """Adapter to `wardround.intent`."""

    def run(self, terms, variables=None, **kwargs):
        """Return the peers of every inventory directory named."""
        if IMPORT_ERROR:
            raise AnsibleLookupError(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        sources = terms or [source for source in context.CLIARGS["inventory"] if Path(source).is_dir()]
        try:
            return [peer for source in sources for peer in intent.load(Path(source)).dicom_peers()]
        except intent.IntentError as error:
            raise AnsibleLookupError(str(error)) from error
