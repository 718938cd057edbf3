"""The page: it parses, links to itself only, escapes what it is told, and stays small."""

from __future__ import annotations

import dataclasses
import datetime
import html.parser
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import wardround.evidence
from tests.unit.evidence.recorder import FRAME_FOUND, ZONE, Recorder, read_facts
from tests.unit.evidence.wires import wired
from wardround.evidence.facts import (
    Department,
    Facts,
    History,
    Hospital,
    Journey,
    Machine,
    Name,
    Override,
    Owner,
    Picture,
    Proof,
    Step,
)
from wardround.evidence.page import anchor, page, short
from wardround.evidence.systems import Systems
from wardround.evidence.words import LANGUAGES, catalogue

VOID = {"meta", "input", "br", "img", "link"}
OPTIONAL = {"li"}


class Parsed(html.parser.HTMLParser):
    """Tags in balance, ids, links and the text that people see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.attributes: Counter[str] = Counter()
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes[name] += 1
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("href", "src"):
                self.links.append(value or "")
        if tag in OPTIONAL and self.open[-1] == tag:
            self.open.pop()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1] != tag and self.open[-1] in OPTIONAL:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parsed(text: str) -> Parsed:
    """A sound page: balanced, every id once, every link to a place in it."""
    found = Parsed(text)
    assert found.open == []
    assert [one for one, n in found.ids.items() if n > 1] == []
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    return found


def visible(text: str, lang: str) -> str:
    other = next(one for one in LANGUAGES if one != lang)
    without = re.sub(rf'<span lang="{other}">.*?</span>', "", text, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without))


def test_a_page_needs_nothing_from_outside(facts: Facts) -> None:
    text = page(facts)
    found = parsed(text)
    assert found.tags["script"] == 0
    assert [link for link in found.links if not link.startswith("#")] == []
    assert not re.search(r"url\((?!#)|@import", text)
    assert not [name for name in found.attributes if name.startswith("on")]


def test_the_same_facts_make_the_same_bytes(facts: Facts) -> None:
    assert page(facts) == page(facts)


def test_a_reader_without_eyes_finds_landmarks_headings_and_names(facts: Facts) -> None:
    text = page(facts)
    found = parsed(text)
    assert found.tags["main"] == found.tags["header"] == found.tags["footer"] == found.tags["h1"] == 1
    assert found.tags["svg"] == text.count('role="img"') + text.count('aria-hidden="true"')
    assert "<th>" not in text
    assert text.count("<table>") == text.count("<thead>")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_language_asked_for_is_shown_first(facts: Facts, lang: str) -> None:
    text = page(facts, lang)
    assert f'<html lang="{lang}">' in text
    assert re.findall(r'id="lang-(\w+)"[^>]* checked>', text) == [lang]


def test_every_word_is_there_in_every_language() -> None:
    for key, words in catalogue().items():
        assert set(words) == set(LANGUAGES), key
        assert all(words.values()), key
        places = [sorted(set(re.findall(r"{(\w+)}", words[lang]))) for lang in LANGUAGES]
        if not key.endswith(".one"):
            assert places[0] == places[1], key
        assert not re.search("[\u2018\u2019\u201c\u201d]", "".join(words.values())), key


def test_no_word_is_left_unsaid() -> None:
    home = Path(wardround.evidence.__file__).parent
    said = "".join(path.read_text() for path in sorted(home.rglob("*")) if path.suffix in (".py", ".j2"))
    for key in catalogue():
        whole = key.removesuffix(".one")
        family = re.escape(whole.rpartition(".")[0])
        assert f'"{whole}"' in said or re.search(rf'"{family}\.("|{{)', said), key


def test_the_failure_is_told_whole(facts: Facts) -> None:
    seen = visible(page(facts), "en")
    assert "PACS viewer 3.13.2 → 3.13.3-lab.1 is held: 0 of 4 waves passed" in seen
    assert (
        "Radiology, Reading desk 1: Image frame (WADO-RS) was not as expected. Radiology IT, ext. 4410, acts." in seen
    )
    assert FRAME_FOUND in seen
    assert "one frame of 512 x 512 pixels, decoded" in seen
    assert "Taken back from 3.13.3-lab.1 to 3.13.2, 2026-11-20 10:13." in seen
    assert "Proved afterwards: 6 of 6 checks passed on 3.13.2" in seen
    assert "wardround classify rad-ws-01 --as release|machine" in seen


def test_chinese_names_and_quotes(facts: Facts) -> None:
    seen = visible(page(facts, "zh"), "zh")
    assert "「放射科 阅片台 1」：「图像帧（WADO-RS）」与预期不符。" in seen
    assert "河畔实验医院" in seen


def test_moments_are_in_the_zone_that_the_page_states(facts: Facts) -> None:
    seen = visible(page(facts), "en")
    assert "As of 2026-11-20 11:05. All times are UTC+08:00." in seen
    assert "2026-11-20 09:30" in seen
    assert "2026-11-20T01" not in seen


def test_nothing_recorded_says_how_to_begin(recorder: Recorder, hospital: Hospital) -> None:
    seen = visible(page(read_facts(hospital, datetime.datetime(2026, 11, 20, tzinfo=ZONE))), "en")
    assert "Nothing has been rolled out yet" in seen
    assert "ansible-playbook -i inventories/lab playbooks/converge.yml" in seen
    assert "wardround plan upgrade pacs_client -i inventories/lab -o plans/pacs_client.plan.json" in seen


def test_pictures_are_shown_with_the_name_of_their_desk(facts: Facts) -> None:
    shown = dataclasses.replace(facts, pictures=(Picture("report-pictures/01-rad-ws-02.png", "CT head", "rad-ws-02"),))
    text = page(shown)
    assert 'alt="Screen of Reading desk 2 / 阅片台 2的画面"' in text
    assert "CT head" in text


def test_long_records_are_cut_and_say_so() -> None:
    assert short("x" * 600) == "x" * 600
    assert short("x" * 601) == "x" * 600 + "… (601)"


HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "</script><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style><h1>",
        "{{ 7*7 }}",
        "{0}",
        "{x}",
        "'&<!--",
        "\x00\ud7ff",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(HOSTILE, min_size=6, max_size=6))
def test_nothing_recorded_breaks_out_of_the_page(facts: Facts, hospital: Hospital, said: list[str]) -> None:
    history = History(
        **{
            field.name: tuple(_poisoned(getattr(facts.history, field.name), said))
            for field in dataclasses.fields(History)
        }
    )
    name = Name(said[0], said[1])
    poisoned = dataclasses.replace(
        hospital,
        name=name,
        machines=tuple(dataclasses.replace(one, name=name) for one in hospital.machines),
        departments=tuple(
            dataclasses.replace(one, name=name, owner=Owner(said[2], said[3])) for one in hospital.departments
        ),
    )
    step = Step("register", Name("register", "挂号"), "reg-ws-01", False, "an answer", "none", 0.4, "its cable")
    walked = Journey(999, "run-0001", "0f1e2d3c4b5a", "verify", False, (step,), "2026-11-20T02:00:00Z")
    own = Override("reg-ws-01", "x", "1", "a.yml", 1, "2", "all", "b.yml", 2)
    whole = dataclasses.replace(facts.history, journeys=(walked,))
    plain = parsed(page(dataclasses.replace(facts, history=whole, overrides=(own,))))
    bad_step = Step(said[0], Name(said[1], said[2]), said[3], False, said[4], said[5], 0.4, said[0])
    history = dataclasses.replace(history, journeys=(dataclasses.replace(walked, steps=(bad_step,)),))
    bad_own = Override(said[0], said[1], said[2], said[3], 1, said[4], said[5], said[0], 2)
    systems = Systems(
        tuple(dataclasses.replace(node, name=name) for node in hospital.systems.nodes),
        tuple(dataclasses.replace(link, protocol=said[1]) for link in hospital.systems.links),
    )
    poisoned = dataclasses.replace(poisoned, systems=systems, names=dict.fromkeys(hospital.names, name))
    attacked = parsed(page(dataclasses.replace(facts, history=history, hospital=poisoned, overrides=(bad_own,))))
    assert set(attacked.tags) <= set(plain.tags)
    assert set(attacked.attributes) <= set(plain.attributes)
    assert attacked.tags["h1"] == plain.tags["h1"]


FREE = {
    "reason",
    "who",
    "argv",
    "playbook",
    "message",
    "task",
    "served_version",
    "unreviewed",
    "plan_path",
    "from_version",
}


def _poisoned(records: tuple[object, ...], said: list[str]) -> Iterator[object]:
    for n, record in enumerate(records):
        fields = [field.name for field in dataclasses.fields(record) if field.name in FREE]  # type: ignore[arg-type]
        changes: dict[str, object] = {field: said[(n + i) % len(said)] for i, field in enumerate(fields)}
        if isinstance(record, Proof):
            changes["checks"] = tuple(
                dataclasses.replace(check, name=said[n % 6] if n % 2 else check.name, found=said[0], expected=said[1])
                for check in record.checks
            )
        yield dataclasses.replace(record, **changes)  # type: ignore[type-var]


@given(st.text())
def test_anchors_are_fragments_and_never_meet(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]*", anchor(text))
    assert anchor(text) != anchor(text + "_")


@pytest.mark.parametrize("failing", [50, 5000])
def test_five_thousand_hosts_stay_under_two_megabytes(recorder: Recorder, failing: int) -> None:
    hospital = large_hospital(5000, 50)
    hosts = [machine.host for machine in hospital.machines]
    fill_large(recorder, hosts, failing)
    text = page(read_facts(hospital, datetime.datetime(2026, 11, 20, tzinfo=ZONE)))
    parsed(text)
    assert len(text.encode()) < 2_000_000


def large_hospital(machines: int, departments: int) -> Hospital:
    systems, _told, _marks = wired(departments)
    return Hospital(
        Name("Riverside hospital", "河畔医院"),
        tuple(
            Department(
                f"department_{n}", Name(f"Outpatient clinic {n}", f"第 {n} 门诊部"), Owner("Clinic IT", "ext. 1"), 60
            )
            for n in range(departments)
        ),
        tuple(
            Machine(
                f"clinic-ws-{n:05d}",
                Name(f"Consulting room desk {n}", f"诊室工位 {n}"),
                f"department_{n % departments}",
            )
            for n in range(machines)
        ),
        (),
        systems,
    )


def fill_large(recorder: Recorder, hosts: list[str], failing: int) -> None:
    """Three roll-outs to all hosts; in the last, the last `failing` hosts fail their frame."""
    cuts = [0, 35, 140, 455, 1400, len(hosts)]
    waves = [hosts[a:b] for a, b in itertools.pairwise(cuts)]
    checks = json.dumps(
        [
            {"name": name, "ok": True, "expected": "an answer", "found": "an answer", "seconds": 0.2}
            for name in ("page", "qido", "find")
        ]
    )
    bad = checks.replace("true", "false", 1).replace("an answer", "an answer " * 20)
    for n in range(3):
        identity = f"{n:012x}"
        recorder.rollout(identity, f"3.{n}.0", f"3.{n + 1}.0", waves, "done" if n < 2 else "held")
        run = recorder.run("verify", "playbooks/prove_product.yml", rollout=identity)
        sick = set(hosts[-failing:]) if n == 2 else set()
        recorder.db.execute("BEGIN")
        base = 1_000_000 * (n + 1)
        recorder.db.executemany(
            "INSERT INTO intents (id, rollout, wave, host, run, direction, from_version, to_version, state, opened,"
            " closed, opened_seq, closed_seq) VALUES (?, ?, ?, ?, ?, 'forward', ?, ?, 'applied', ?, ?, ?, ?)",
            [
                (
                    f"{n}-{host}",
                    identity,
                    f"wave_{w:02d}",
                    host,
                    run,
                    "a",
                    "b",
                    recorder.moment(),
                    recorder.moment(),
                    base + i,
                    base + i,
                )
                for w, wave in enumerate(waves, 1)
                for i, host in enumerate(wave)
            ],
        )
        recorder.db.executemany(
            "INSERT INTO proofs (seq, run, rollout, product, host, phase, expected_version, served_version, ok, checks,"
            " at) VALUES (?, ?, ?, 'pacs_client', ?, 'verify', ?, ?, ?, ?, ?)",
            [
                (
                    base + 100_000 + i,
                    run,
                    identity,
                    host,
                    "3.1.0",
                    "3.1.0",
                    int(host not in sick),
                    bad if host in sick else checks,
                    recorder.moment(),
                )
                for i, host in enumerate(hosts)
            ],
        )
        recorder.db.execute("COMMIT")
