# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a web viewer's user would meet: version, page, settings, a study by QIDO-RS, a frame by WADO-RS.

Every answer is a dict with `url`, `seconds` and either what was found or `error`; nothing here raises for a failed one.
"""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from html.parser import HTMLParser

from ansible_collections.wardround.hospital.plugins.module_utils import dicom, release_archive

LIMIT = 64 * 1024 * 1024  # bytes; no page, asset or frame of a viewer is larger
_CHUNK = 256 * 1024
# PS3.18, section 8.7.3.5: any transfer syntax, so that the archive sends the frame as it stores it.
FRAME_ACCEPT = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
_SETTINGS = re.compile(r"(?:window\.config\s*=\s*|Object\.assign\(\s*window\.config\s*,\s*)(?=\{)")


class ProbeError(Exception):
    """The answer is not what was asked for; the message says what came instead."""


def fetch(url, deadline, accept="*/*"):
    """(headers, body) of a GET answered 200 within `deadline` seconds; raises ProbeError otherwise."""
    ends = time.monotonic() + deadline
    request = urllib.request.Request(url, headers={"Accept": accept})
    try:
        with release_archive.opener().open(request, timeout=deadline) as answer:
            if answer.status != 200:
                raise ProbeError(f"HTTP {answer.status} from {url}")
            body = bytearray()
            for chunk in iter(lambda: answer.read(_CHUNK), b""):
                body += chunk
                if time.monotonic() > ends:
                    raise ProbeError(f"no complete answer within {deadline:g} s from {url}")
                if len(body) > LIMIT:
                    raise ProbeError(f"more than {LIMIT // 1024 // 1024} MB from {url}")
            return answer.headers, bytes(body)
    except urllib.error.HTTPError as error:
        raise ProbeError(f"HTTP {error.code} from {url}") from error
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise ProbeError(f"no answer from {url}: {getattr(error, 'reason', error)}") from error


def asked(url, question):
    """Run `question(url)`, which returns a dict; add `url`, `seconds` and, when it fails, `error`."""
    started = time.monotonic()
    try:
        answer = question(url)
    except ProbeError as error:
        answer = {"error": str(error)}
    return dict(answer, url=url, seconds=round(time.monotonic() - started, 3))


def version(url, deadline):
    _headers, body = fetch(url, deadline)
    named = release_archive.named_version(body.decode("utf-8", "replace"))
    if named is None:
        raise ProbeError(f"{url} names no version")
    return {"version": named}


class _Page(HTMLParser):
    """Collects what a browser loads with the page."""

    def __init__(self):
        super().__init__()
        self.assets = []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "script":
            self.assets.append(found.get("src"))
        elif tag == "link" and {"stylesheet", "modulepreload", "manifest"} & set((found.get("rel") or "").split()):
            self.assets.append(found.get("href"))


def page(url, deadline):
    """Fetch the page and each script and style sheet it names; `assets` are their addresses."""
    ends = time.monotonic() + deadline
    _headers, body = fetch(url, deadline)
    parser = _Page()
    parser.feed(body.decode("utf-8", "replace"))
    assets = sorted({urllib.parse.urljoin(url, asset) for asset in parser.assets if asset})
    assets = [asset for asset in assets if urllib.parse.urlsplit(asset)[:2] == urllib.parse.urlsplit(url)[:2]]
    if not assets:
        raise ProbeError(f"{url} names no script")
    for asset in assets:
        headers, _body = fetch(asset, max(0.1, ends - time.monotonic()))
        if headers.get_content_type() == "text/html":
            raise ProbeError(f"{asset} is a page, not the asset that {url} names")
    return {"assets": assets}


def settings(text):
    """The viewer's settings: each `window.config = {JSON}` and `Object.assign(window.config, {JSON})`, in order."""
    merged = {}
    decoder = json.JSONDecoder()
    for match in _SETTINGS.finditer(text):
        try:
            part, _end = decoder.raw_decode(text, match.end())
        except ValueError as error:
            raise ProbeError(f"the viewer's settings are not JSON: {error}") from error
        merged.update(part)
    return merged


def roots(url, deadline):
    """`qido_root` and `wado_root` of the viewer's data source, and the `department`'s settings, as it serves them."""
    _headers, body = fetch(url, deadline)
    found = settings(body.decode("utf-8", "replace"))
    sources = {source.get("sourceName"): source.get("configuration", {}) for source in found.get("dataSources", [])}
    name = found.get("defaultDataSourceName") or next(iter(sources), None)
    source = sources.get(name, {})
    if not source.get("qidoRoot") or not source.get("wadoRoot"):
        raise ProbeError(f"{url} names no qidoRoot and wadoRoot")
    return {
        "qido_root": urllib.parse.urljoin(url, source["qidoRoot"]).rstrip("/"),
        "wado_root": urllib.parse.urljoin(url, source["wadoRoot"]).rstrip("/"),
        "department": found.get("wardround") or {},
    }


def studies(url, deadline):
    """QIDO-RS (PS3.18, section 10.6): the matching studies as flat dicts."""
    headers, body = fetch(url, deadline, accept="application/dicom+json")
    try:
        found = json.loads(body.decode("utf-8"))
        return {"studies": [dicom.flatten(dataset) for dataset in found]}
    except (ValueError, AttributeError, TypeError):
        raise ProbeError(f"{url} answered {headers.get_content_type()}, not DICOM JSON") from None


def opening(department):
    """The query with which the study list opens, for at most a screenful."""
    wanted = {"ModalitiesInStudy": ",".join(department["worklist"])} if department.get("worklist") else {}
    return urllib.parse.urlencode(dict(wanted, limit=25))


def modalities(url, deadline):
    """Modalities of each study that a search finds; whose studies they are is nobody's business here."""
    found = studies(url, deadline)["studies"]
    each = [study.get("ModalitiesInStudy") or [] for study in found]
    return {"modalities": [[one] if isinstance(one, str) else one for one in each]}


def frame(url, deadline):
    """WADO-RS frame (PS3.18, section 10.4): `data` in base64, its `transfer_syntax` and `content_type`."""
    headers, body = fetch(url, deadline, accept=FRAME_ACCEPT)
    part_headers, data = first_part(headers, body, url)
    return {
        "content_type": part_headers.get_content_type(),
        "transfer_syntax": part_headers.get_param("transfer-syntax"),
        "data": base64.b64encode(data).decode("ascii"),
    }


def first_part(headers, body, url):
    """(headers, content) of the first part of a multipart/related body (RFC 2387, RFC 2046 section 5.1)."""
    boundary = headers.get_param("boundary")
    if headers.get_content_type() != "multipart/related" or not boundary:
        raise ProbeError(f"{url} answered {headers.get_content_type()}, not multipart/related")
    delimiter = b"--" + boundary.encode("latin-1")
    _before, found, rest = body.partition(delimiter + b"\r\n")
    head, separator, rest = rest.partition(b"\r\n\r\n")
    content, end, _after = rest.partition(b"\r\n" + delimiter)
    if not (found and separator and end):
        raise ProbeError(f"{url} answered a multipart body that is cut short")
    part = Message()
    for line in head.decode("latin-1").split("\r\n"):
        name, _colon, value = line.partition(":")
        part[name.strip()] = value.strip()
    return part, content


def probe(base, study, series, instance, deadline):
    """All answers of one viewer; the study is asked through the roots that the viewer itself serves."""
    answers = {
        "version": asked(base + "/release.json", lambda url: version(url, deadline)),
        "page": asked(base + "/", lambda url: page(url, deadline)),
        "settings": asked(base + "/app-config.js", lambda url: roots(url, deadline)),
    }
    if not study:
        return answers
    missing = answers["settings"].get("error")
    if missing:
        return dict(answers, list={"error": missing}, qido={"error": missing}, frame={"error": missing})
    opened = f"{answers['settings']['qido_root']}/studies?{opening(answers['settings']['department'])}"
    answers["list"] = asked(opened, lambda url: modalities(url, deadline))
    query = urllib.parse.urlencode({"StudyInstanceUID": study, "includefield": "PatientName"})
    qido = f"{answers['settings']['qido_root']}/studies?{query}"
    wado = f"{answers['settings']['wado_root']}/studies/{study}/series/{series}/instances/{instance}/frames/1"
    answers["qido"] = asked(qido, lambda url: studies(url, deadline))
    answers["frame"] = asked(wado, lambda url: frame(url, deadline))
    return answers
