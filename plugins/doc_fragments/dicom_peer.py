# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  settings:
    description:
      - File on the target with its own AE title and its peers, as the role C(wardround.hospital.pacs_client) writes it.
      - Give this and O(peer), or O(calling_ae), O(called_ae) and O(host).
    type: path
  peer:
    description: Name of the peer in O(settings).
    type: str
  calling_ae:
    description: AE title of the one who asks.
    type: str
  called_ae:
    description: AE title of the one who is asked.
    type: str
  host:
    description: Name or address of the one who is asked.
    type: str
  port:
    description: DICOM port of the one who is asked; 104 is the registered port (PS3.8, section 9.1).
    type: int
    default: 104
  deadline:
    description: Seconds after which the question counts as unanswered.
    type: float
    default: 10
"""
