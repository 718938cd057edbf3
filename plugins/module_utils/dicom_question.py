# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a module puts one question to a DICOM peer: who asks whom, how long it took, and what went wrong."""

from __future__ import annotations

import time

from ansible_collections.wardround.hospital.plugins.module_utils import dicom


def put(module, name, question):
    """End the module with what `question(association, deadline)` returns, a dict, or with the reason of its DicomError.

    name: the question in the reason, such as C-FIND. Once it was asked, both say the association and the seconds.
    """
    result = {"changed": False}
    try:
        result["association"] = dicom.association(module.params)
        started = time.monotonic()
        try:
            result.update(question(result["association"], module.params["deadline"]))
        finally:
            result["seconds"] = round(time.monotonic() - started, 3)
    except dicom.DicomError as error:
        module.fail_json(msg=f"{name}: {error}", **result)
    module.exit_json(**result)
