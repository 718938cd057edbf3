"""Is this workstation's PACS client proved? A verdict over gathered answers; nothing is asked here."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from wardround.clinical.names import same_name
from wardround.clinical.verdict import NOT_ASKED, NotProved, without_uids
from wardround.evidence.check import Check

Answers = Mapping[str, Any]
# PS3.5, section A.4: these carry the pixels as they are.
_NATIVE: Final = {ImplicitVRLittleEndian, ExplicitVRLittleEndian}


def judge(expected: Mapping[str, Any], answers: Answers) -> list[Check]:
    """The checks of a PACS client, in the order version, page, settings, list, qido, frame, echo, find.

    expected: `version`; `settings`, the department's as the role serves them; of the probe study `study_instance_uid`,
    `patient_id`, `patient_name` (PS3.5, section 6.2: component groups joined by `=`), `rows`, `columns`,
    `bits_allocated`, `frame_sha256` (of the decoded first frame, little endian); `peers`, the names of the archives
    that must answer C-ECHO.
    answers: as the modules `dicomweb_probe` (`version`, `page`, `settings`, `list`, `qido`, `frame`), `dicom_echo`
    (`echo`: peer -> result) and `dicom_find` (`find`) return them. A missing or malformed answer is not proved;
    nothing raises.
    """
    return [
        _check("version", str(expected.get("version")), answers.get("version"), _version, expected),
        _check("page", "the page and every asset it names", answers.get("page"), _page, expected),
        _check("settings", "the department's settings", answers.get("settings"), _settings, expected),
        _check("list", _list_wanted(expected), answers.get("list"), _list, expected),
        _check("qido", "the probe study by QIDO-RS", answers.get("qido"), _qido, expected),
        _check("frame", _frame_wanted(expected), answers.get("frame"), _frame, expected),
        _check("echo", "C-ECHO answered by " + ", ".join(expected.get("peers") or ["?"]), answers, _echo, expected),
        _check("find", f"{expected.get('patient_name')} by C-FIND", answers.get("find"), _find, expected),
    ]


def _check(
    name: str, wanted: str, answer: Any, verdict: Callable[[Any, Mapping[str, Any]], str], expected: Mapping[str, Any]
) -> Check:
    """`verdict` returns what was found, or raises NotProved."""
    try:
        if not isinstance(answer, Mapping) or not answer:
            raise NotProved(NOT_ASKED)
        return Check(name, True, wanted, verdict(answer, expected), _seconds(name, answer))
    except NotProved as reason:
        return Check(name, False, wanted, str(reason), _seconds(name, answer))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Check(name, False, wanted, f"malformed answer: {error!r}", None)


def _seconds(name: str, answer: Any) -> float | None:
    if not isinstance(answer, Mapping):
        return None
    if name == "echo":
        echoes = answer.get("echo")
        each = [_seconds("", echo) for echo in echoes.values()] if isinstance(echoes, Mapping) else []
        return max((seconds for seconds in each if seconds is not None), default=None)
    taken = answer.get("seconds")
    return float(taken) if isinstance(taken, int | float) else None


def _answered(answer: Mapping[str, Any], proof: str) -> None:
    """Raise NotProved unless the answer holds `proof`; what the module said otherwise is why."""
    if answer.get("error") or answer.get("failed") or proof not in answer:
        reason = str(answer.get("error") or answer.get("msg") or "the question failed")
        raise NotProved(without_uids(reason))


def _version(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "version")
    if not expected.get("version") or answer["version"] != expected["version"]:
        raise NotProved(str(answer["version"]))
    return str(answer["version"])


def _page(answer: Mapping[str, Any], _expected: Mapping[str, Any]) -> str:
    _answered(answer, "assets")
    assets: Sequence[str] = answer["assets"]
    if not assets:
        raise NotProved(f"{answer.get('url')} names no script")
    return f"200 for the page and {len(assets)} assets"


def _settings(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "department")
    wanted, served = expected["settings"], answer["department"]
    other = [key for key in sorted({*wanted, *served}) if wanted.get(key) != served.get(key)]
    if other:
        raise NotProved("; ".join(f"{key} is {served.get(key)}, not {wanted.get(key)}" for key in other))
    return "; ".join(f"{key} {_told(value)}" for key, value in sorted(served.items()) if value)


def _list_wanted(expected: Mapping[str, Any]) -> str:
    modalities = (expected.get("settings") or {}).get("worklist")
    return f"a study list of {' and '.join(modalities)} only" if modalities else "a study list of all modalities"


def _list(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "modalities")
    studies: Sequence[Sequence[str]] = answer["modalities"]
    wanted = set(expected["settings"]["worklist"])
    strange = sorted({one for study in studies if wanted and not wanted & set(study) for one in study})
    if strange:
        raise NotProved(f"studies of {', '.join(strange)} too")
    return f"{_counted(studies)}, of {', '.join(sorted({one for study in studies for one in study})) or 'none'}"


def _qido(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "studies")
    for study in answer["studies"]:
        if study.get("StudyInstanceUID") == expected["study_instance_uid"]:
            return f"1 study of {study.get('PatientName')}"
    raise NotProved(f"{_counted(answer['studies'])}, the probe study is not among them")


def _frame_wanted(expected: Mapping[str, Any]) -> str:
    return f"a frame of {expected.get('rows')} x {expected.get('columns')} pixels with the known SHA-256"


def _frame(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "data")
    rows, columns, bits = (int(expected[key]) for key in ("rows", "columns", "bits_allocated"))
    try:
        data = base64.b64decode(answer["data"], validate=True)
    except binascii.Error as error:
        raise NotProved(f"the frame is not base64: {error}") from error
    pixels = _decode(data, answer.get("transfer_syntax"), rows, columns, bits)
    if len(pixels) != rows * columns * bits // 8:
        raise NotProved(f"{len(pixels)} bytes of pixels instead of {rows * columns * bits // 8}")
    digest = hashlib.sha256(pixels).hexdigest()
    if digest != expected["frame_sha256"]:
        raise NotProved(f"other pixels: SHA-256 {digest[:12]}..., expected {str(expected['frame_sha256'])[:12]}...")
    return f"{rows} x {columns} pixels, {len(pixels)} bytes, SHA-256 {digest[:12]}..."


def _decode(data: bytes, syntax: str | None, rows: int, columns: int, bits: int) -> bytes:
    """Pixels in little-endian bytes; a frame without a named transfer syntax is native (PS3.18, section 8.7.3)."""
    uid = UID(syntax or ExplicitVRLittleEndian)
    if uid in _NATIVE:
        return data
    if not uid.is_private and uid.is_transfer_syntax and uid.is_compressed:
        try:
            decoded, _properties = get_decoder(uid).as_array(encapsulate([data]), **_image(rows, columns, bits))
        except (NotImplementedError, RuntimeError, ValueError) as error:
            raise NotProved(f"the frame cannot be decoded ({uid.name}): {error}") from error
        return decoded.astype(np.dtype(f"<u{bits // 8}")).tobytes()
    raise NotProved(f"the frame came in a transfer syntax that is not decoded here: {uid}")


def _image(rows: int, columns: int, bits: int) -> Any:
    """What pydicom must know of a grey frame to decode it (PS3.3, section C.7.6.3)."""
    return {
        "rows": rows,
        "columns": columns,
        "bits_allocated": bits,
        "bits_stored": bits,
        "samples_per_pixel": 1,
        "number_of_frames": 1,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": 0,
        "pixel_keyword": "PixelData",
    }


def _echo(answers: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    echoes = answers.get("echo")
    if not isinstance(echoes, Mapping) or not expected.get("peers"):
        raise NotProved(NOT_ASKED)
    for peer in expected["peers"]:
        if not isinstance(echoes.get(peer), Mapping):
            raise NotProved(f"{peer}: {NOT_ASKED}")
        if echoes[peer].get("answered") is not True:
            raise NotProved(f"{peer}: {echoes[peer].get('msg') or 'the question failed'}")
    pairs = (echoes[peer]["association"] for peer in expected["peers"])
    return "; ".join(f"{pair['calling_ae']} to {pair['called_ae']}" for pair in pairs)


def _find(answer: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    _answered(answer, "matches")
    names = [m.get("PatientName") for m in answer["matches"] if m.get("PatientID") == expected["patient_id"]]
    if not names:
        raise NotProved(f"{len(answer['matches'])} matches, patient {expected['patient_id']} is not among them")
    if not any(same_name(name, expected["patient_name"]) for name in names):
        raise NotProved(f"patient {expected['patient_id']} is called {names[0]}")
    return f"{names[0]} ({expected['patient_id']})"


def _told(value: Any) -> str:
    """A setting as a person reads it; a window preset by its name."""
    parts = value if isinstance(value, list) else [value]
    return ", ".join(str(part["name"] if isinstance(part, Mapping) and "name" in part else part) for part in parts)


def _counted(studies: Sequence[Any]) -> str:
    return "1 study" if len(studies) == 1 else f"{len(studies)} studies"
