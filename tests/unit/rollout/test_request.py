"""What the planner reads from a hospital's intent, and what it leaves unread."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.rollout.hospitals import intent
from wardround.intent.journey import Journey
from wardround.rollout import inputs_sha256
from wardround.rollout.request import Department, Excluded, Machine, RedundancySet, Refusal, from_intent


def test_reads_workstations_floors_sets_and_versions() -> None:
    wish = from_intent(intent(), "pacs_client")
    assert (wish.from_version, wish.to_version, wish.what_if) == ("3.12.0", "3.13.2", False)
    assert wish.machines[0] == Machine("rad-1", "radiology", "z2", "debian-13", ("display", "microphone"))
    assert wish.departments == (Department("radiology", 1, 2, 4), Department("registration", 2, 1, 2))
    assert wish.sets == (RedundancySet("hall", ("reg-1", "reg-2"), 1),)


def test_excludes_other_systems_with_the_reason_and_counts_them_as_serving() -> None:
    wish = from_intent(intent(), "pacs_client")
    assert wish.excluded == (Excluded("rad-4", "runs windows-11; role pacs_client supports debian-13"),)
    assert "rad-4" not in [one.name for one in wish.machines]
    assert wish.departments[0].machines == 4


def test_to_another_version_is_a_what_if() -> None:
    assert from_intent(intent(), "pacs_client", to="3.14.0").what_if


@pytest.mark.parametrize(
    ("product", "to", "sentence"),
    [
        ("his_client", None, "no product his_client; releases.yml lists pacs_client"),
        ("pacs_client", "9", "pacs_client has no version 9; releases.yml lists 3.12.0, 3.13.2, 3.14.0"),
        ("pacs_client", "3.12.0", "pacs_client is at 3.12.0 already: nothing to upgrade"),
    ],
)
def test_refuses_what_cannot_be_asked_for(product: str, to: str | None, sentence: str) -> None:
    with pytest.raises(Refusal) as refusal:
        from_intent(intent(), product, to)
    assert refusal.value.sentences == (sentence,)


def test_says_what_to_change_where_nothing_is_wanted() -> None:
    with pytest.raises(Refusal, match=r"set `wanted` of pacs_client in releases\.yml"):
        from_intent(intent(wanted="3.12.0"), "pacs_client")


def test_refuses_where_every_workstation_is_excluded() -> None:
    with pytest.raises(Refusal, match=r"no host of group workstations .* runs windows-11"):
        from_intent(intent(os="windows-11"), "pacs_client")


def test_inputs_digest_is_the_one_the_plan_carries() -> None:
    hospital = intent()
    assert inputs_sha256(hospital, "pacs_client") == from_intent(hospital, "pacs_client").inputs_sha256()


def test_a_journey_and_the_wait_for_users_are_read_and_covered() -> None:
    plain = intent()
    walked = dataclasses.replace(plain, journey=Journey.model_construct())
    assert (from_intent(plain, "pacs_client").journey, from_intent(walked, "pacs_client").journey) == (False, True)
    digests = {inputs_sha256(hospital, "pacs_client") for hospital in (plain, walked)}
    for change in ({"restart_deadline_minutes": 10}, {"idle_poll_seconds": 5}):
        rollout = plain.hospital.rollout.model_copy(update=change)
        waiting = dataclasses.replace(plain, hospital=plain.hospital.model_copy(update={"rollout": rollout}))
        request = from_intent(waiting, "pacs_client")
        assert all(getattr(request, key) == value for key, value in change.items())
        digests.add(request.inputs_sha256())
    assert len(digests) == 4


def test_inputs_digest_ignores_order_names_for_people_and_what_was_not_read() -> None:
    before = intent()
    hosts = {name: before.hosts[name] for name in reversed(before.hosts)}
    hosts["rad-1"] = dataclasses.replace(
        hosts["rad-1"],
        display_name=hosts["rad-2"].display_name,
        address="10.0.0.99",
        vars={"pacs_client_web_workers": 9},
        peripherals=("microphone", "display"),
    )
    groups = {name: tuple(reversed(members)) for name, members in before.groups.items()}
    after = dataclasses.replace(before, hosts=hosts, groups=groups)
    assert inputs_sha256(after, "pacs_client") == inputs_sha256(before, "pacs_client")


@pytest.mark.parametrize("change", [{"floor": 1}, {"wanted": "3.14.0"}, {"growth": 2.0}, {"os": "debian-12"}])
def test_inputs_digest_covers_what_was_read(change: dict[str, str | int | float]) -> None:
    assert inputs_sha256(intent(**change), "pacs_client") != inputs_sha256(intent(), "pacs_client")
