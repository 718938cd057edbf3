"""What a desk's viewer makes of its department's settings: the served script, run by Node with stubs of a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jinja2
import pytest

TEMPLATE = Path(__file__).parents[3] / "roles/pacs_client/templates/settings.js.j2"
BROWSER = """
const kept = %(kept)s;
const document = {cookie: ''};
const localStorage = {getItem: key => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; }};
const location = {href: 'http://127.0.0.1%(path)s', pathname: %(pathname)s, search: %(search)s,
  replace: url => { moved.push(url); }};
const moved = [];
const history = {replaceState: (_state, _title, url) => { moved.push(url); }};
class XMLHttpRequest {
  open(method, url) { this.url = url; }
  get response() { return %(answer)s; }
}
const window = {config: {modes: [], dataSources: []}};
%(script)s
const request = new XMLHttpRequest();
request.open('GET', %(asked)s);
const [custom] = window.config.customizationService;
const [overlay] = custom['viewportOverlay.topLeft'].$unshift;
const mode = window.config.modes[0];
console.log(JSON.stringify({
  kept, moved, cookie: document.cookie, response: request.response, presets: custom['cornerstone.windowLevelPresets'],
  names: %(names)s.map(PatientName => overlay.contentF({referenceInstance: {PatientName}})),
  valid: %(modalities)s.map(modalities => mode.isValidMode({modalities}).valid),
  protocol: window.config.modesConfiguration['@ohif/mode-longitudinal'].hangingProtocol.$set,
}));
"""
SETTINGS: dict[str, Any] = {"language": "zh_CN", "worklist": [], "window_presets": [], "hanging_preset": "single"}
NAME = {"Alphabetic": "Wang^XiaoMing", "Ideographic": "王^小明"}


def run(
    settings: dict[str, Any] | None = None,
    path: str = "/",
    kept: dict[str, str] | None = None,
    answer: Any = None,
    asked: str = "/dicom-web/studies?limit=5",
    names: list[Any] | None = None,
    modalities: list[str] | None = None,
) -> dict[str, Any]:
    """What there is after the script ran."""
    environment = jinja2.Environment()
    environment.filters["to_json"] = lambda value, ensure_ascii: json.dumps(value, ensure_ascii=ensure_ascii)
    script = environment.from_string(TEMPLATE.read_text()).render(
        ansible_managed="managed",
        pacs_client_study_list=True,
        pacs_client_web_workers=2,
        __pacs_client_settings={**SETTINGS, **(settings or {})},
    )
    pathname, _mark, search = path.partition("?")
    values = {
        "kept": kept or {},
        "pathname": pathname,
        "search": f"?{search}" if search else "",
        "answer": answer,
        "asked": asked,
        "names": names or [],
        "modalities": modalities or [],
    }
    program = BROWSER % {"script": script, "path": path, **{key: json.dumps(value) for key, value in values.items()}}
    node = shutil.which("node")
    assert node, "these tests run the viewer's settings with node"
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (NAME, "王小明 Wang XiaoMing"),
        ([NAME], "王小明 Wang XiaoMing"),
        ("Wang^XiaoMing=王^小明", "王小明 Wang XiaoMing"),
        ("Muster^Eva^Maria", "Muster Eva Maria"),
        ({"Ideographic": "王^小明"}, "王小明"),
        ({"Alphabetic": "Wang^XiaoMing^^^"}, "Wang XiaoMing"),
        (None, ""),
    ],
)
def test_the_overlay_shows_both_groups_of_a_name(name: Any, shown: str) -> None:
    assert run(names=[name])["names"] == [shown]


def test_the_study_list_gets_the_ideographic_group_before_the_alphabetic_one() -> None:
    found = run(answer=[{"00100010": {"vr": "PN", "Value": [NAME]}}, {"00100010": {"vr": "PN"}}, {}])
    assert found["response"][0]["00100010"]["Value"] == [{"Alphabetic": "王小明 Wang^XiaoMing"}]
    assert found["response"][1:] == [{"00100010": {"vr": "PN"}}, {}]


@pytest.mark.parametrize("asked", ["/dicom-web/studies/1.2/metadata", "/dicom-web/studies/1.2/series", "/x"])
def test_what_a_study_is_opened_with_stays_as_the_archive_says_it(asked: str) -> None:
    answer = [{"00100010": {"vr": "PN", "Value": [NAME]}}]
    assert run(answer=answer, asked=asked)["response"] == answer


@pytest.mark.parametrize("answer", [None, "no JSON", {"error": 1}])
def test_another_answer_to_a_search_is_left_alone(answer: Any) -> None:
    assert run(answer=answer)["response"] == answer


def test_the_departments_language_is_set_until_a_user_chooses_another() -> None:
    first = run()
    assert (first["kept"]["i18nextLng"], first["cookie"]) == ("zh", "i18next=zh;path=/;SameSite=Strict")
    chosen = first["kept"] | {"i18nextLng": "de"}
    assert run(kept=chosen)["kept"]["i18nextLng"] == "de"
    assert run({"language": "en"}, kept=chosen)["kept"]["i18nextLng"] == "en-US"
    assert run({"language": "fr"})["kept"]["i18nextLng"] == "fr"


@pytest.mark.parametrize(
    ("path", "worklist", "moved"),
    [
        ("/", ["CT", "CR"], ["/?modalities=CT,CR"]),
        ("/", [], []),
        ("/?modalities=MR", ["CT"], []),
        ("/viewer?StudyInstanceUIDs=1.2", ["CT"], []),
    ],
)
def test_the_list_opens_with_the_departments_studies_only_when_nothing_was_asked(
    path: str, worklist: list[str], moved: list[str]
) -> None:
    assert run({"worklist": worklist}, path=path)["moved"] == moved


def test_window_presets_are_the_departments_by_modality() -> None:
    presets = [
        {"name": "肺窗", "center": -600, "width": 1500},
        {"name": "T1", "center": 5, "width": 9, "modality": "MR"},
    ]
    lung = {"id": "wardround-CT-肺窗", "description": "肺窗", "window": "1500", "level": "-600"}
    brain = {"id": "wardround-MR-T1", "description": "T1", "window": "9", "level": "5"}
    assert run({"window_presets": presets})["presets"] == {"$merge": {"CT": [lung], "MR": [brain]}}


@pytest.mark.parametrize(
    ("preset", "protocol"), [("single", "default"), ("grid", "@ohif/mnGrid"), ("compare", "@ohif/hpCompare")]
)
def test_a_study_opens_as_the_department_hangs_it(preset: str, protocol: str) -> None:
    assert run({"hanging_preset": preset})["protocol"] == protocol


def test_the_ecg_page_is_offered_for_studies_with_an_ecg() -> None:
    assert run(modalities=["ECG", "CT\\ECG", "CT/ECG", "CT", ""])["valid"] == [True, True, True, False, False]
