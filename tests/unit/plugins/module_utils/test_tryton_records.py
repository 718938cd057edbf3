"""Records are made once, changed only where they differ, and read back after every change."""

import contextlib
import datetime
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import tryton_records
from ansible_collections.wardround.hospital.plugins.module_utils.tryton import TrytonError
from ansible_collections.wardround.hospital.plugins.module_utils.tryton_records import Records

from tests.unit.plugins.tryton_store import Store

PUID = {"ref": "WRT1"}
WANG = {
    "lastname": "王",
    "name": "小明",
    "is_person": True,
    "dob": "1971-06-08",
    "person_names": [{"use": "usual", "family": "Wang", "given": "XiaoMing"}],
}


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def party(store: Store) -> Records:
    return Records(store, "party.party")


def names(store: Store) -> list[tuple[str, str, str]]:
    return [(row["use"], row["family"], row["given"]) for row in store.rows["gnuhealth.person_name"].values()]


def test_a_record_is_made_of_match_and_values_and_what_the_server_dropped_is_written(
    store: Store, party: Records
) -> None:
    number, changes = party.present(PUID, WANG)
    assert number == 1
    assert changes["ref"] == (None, "WRT1")
    assert store.rows["party.party"][1]["dob"] == datetime.date(1971, 6, 8)
    assert names(store) == [("official", "王", "小明"), ("usual", "Wang", "XiaoMing")]


def test_a_second_time_nothing_is_written(store: Store, party: Records) -> None:
    party.present(PUID, WANG)
    store.writes.clear()
    assert party.present(PUID, WANG) == (1, {})
    assert store.writes == []


def test_only_what_differs_is_written(store: Store, party: Records) -> None:
    party.present(PUID, WANG)
    store.writes.clear()
    _number, changes = party.present(PUID, {**WANG, "name": "大明"})
    assert changes == {"name": ("小明", "大明")}
    assert store.writes == [("write party.party", {"name": "大明"})]


def test_a_child_is_known_by_its_first_field_and_others_are_left_alone(store: Store, party: Records) -> None:
    party.present(PUID, WANG)
    party.present(PUID, {"person_names": [{"use": "usual", "given": "Xiaoming"}, {"use": "maiden", "given": "X"}]})
    found = [(row["use"], row["given"]) for row in store.rows["gnuhealth.person_name"].values()]
    assert found == [("official", "小明"), ("usual", "Xiaoming"), ("maiden", "X")]


def test_in_check_mode_nothing_is_written(store: Store) -> None:
    party = Records(store, "party.party", check=True)
    number, changes = party.present(PUID, {**WANG, "internal_user": {"login": "made by an earlier task"}})
    assert (number, changes["name"]) == (None, (None, "小明"))
    store.add("party.party", ref="WRT1", name="小")
    assert party.present(PUID, {"name": "小明"}) == (1, {"name": ("小", "小明")})
    assert party.absent(PUID) == [1]
    assert store.writes == []


def test_in_check_mode_a_link_may_only_lead_to_what_would_have_been_made(store: Store) -> None:
    user = {"groups": [{"name": "Health Docter"}]}
    refused = r"0 records of res\.group match \{'name': 'Health Docter'\}; exactly one must"
    for made, told in ((None, None), ({"res.user", "res.group"}, None), ({"res.user"}, refused)):
        users = Records(store, "res.user", check=True, made=made)
        with pytest.raises(TrytonError, match=told) if told else contextlib.nullcontext():
            assert users.present({"login": "med"}, user)[1]["groups"] == (None, user["groups"])
    store.add("res.user", login="med", groups=[])
    with pytest.raises(TrytonError, match=refused):
        Records(store, "res.user", check=True, made={"res.user"}).present({"login": "med"}, user)


def test_a_link_is_looked_up_and_must_be_one(store: Store, party: Records) -> None:
    with pytest.raises(TrytonError, match=r"0 records of res\.user match \{'login': 'med'\}; exactly one must"):
        party.present(PUID, {"internal_user": {"login": "med"}})
    assert store.rows["party.party"] == {}
    user = store.add("res.user", login="med")
    party.present(PUID, {"internal_user": {"login": "med"}})
    assert store.rows["party.party"][1]["internal_user"] == user
    store.add("res.user", login="med")
    with pytest.raises(TrytonError, match=r"2 records of res\.user match"):
        party.present(PUID, {"internal_user": {"login": "med"}})


def test_members_are_exactly_those_listed(store: Store) -> None:
    groups = [store.add("res.group", name=name) for name in ("Health Lab", "Health Doctor", "Administration")]
    store.add("res.user", login="lab", groups=[["add", [groups[2]]]])
    users = Records(store, "res.user")
    wanted = {"groups": [{"name": "Health Doctor"}, groups[0]]}
    _number, changes = users.present({"login": "lab"}, wanted)
    assert changes == {"groups": ([groups[2]], wanted["groups"])}
    assert store.rows["res.user"][1]["groups"] == groups[:2]
    assert users.present({"login": "lab"}, wanted)[1] == {}
    users.present({"login": "lab"}, {"groups": []})
    assert store.rows["res.user"][1]["groups"] == []


def test_tryton_commands_are_passed_on_as_they_are(store: Store) -> None:
    group = store.add("res.group", name="Health Lab")
    users = Records(store, "res.user")
    users.present({"login": "lab"}, {"groups": [["add", [group]]]})
    assert store.rows["res.user"][1]["groups"] == [group]
    assert users.present({"login": "lab"}, {"groups": [["add", [group]]]})[1] != {}  # it says what to do


def test_a_password_is_compared_by_logging_in_and_never_shown(store: Store) -> None:
    users = Records(store, "res.user")
    users.present({"login": "reg"}, {"password": "s3cret"})
    assert store.passwords == {"reg": "s3cret"}
    assert users.present({"login": "reg"}, {"password": "s3cret"}) == (1, {})
    _number, changes = users.present({"login": "reg"}, {"password": "an0ther"})
    assert store.passwords == {"reg": "an0ther"}
    assert "an0ther" not in str(tryton_records.as_text({"res.user login=reg": changes}))
    assert "an0ther" not in str(tryton_records.as_text({"new": {"password": (None, "an0ther")}}))


def test_several_matches_are_refused(store: Store, party: Records) -> None:
    for _time in range(2):
        store.add("party.party", name="王")
    with pytest.raises(TrytonError, match=r"2 records of party\.party match \{'name': '王'\}; one is allowed"):
        party.present({"name": "王"}, {})


def test_what_the_server_keeps_otherwise_is_an_error(store: Store, party: Records) -> None:
    keep = store._set

    def stubborn(model: str, number: int, values: dict[str, Any]) -> None:
        keep(model, number, {name: value for name, value in values.items() if name != "dob"})

    store._set = stubborn  # type: ignore[method-assign]
    with pytest.raises(TrytonError, match=r"keeps in party\.party 1: dob None instead of '1971-06-08'"):
        party.present(PUID, WANG)


def test_wrong_fields_and_values_are_named(party: Records) -> None:
    with pytest.raises(TrytonError, match=r"party\.party on https://his-01 has no field nombre"):
        party.present(PUID, {"nombre": "x"})
    with pytest.raises(TrytonError, match=r"'8\.6\.1971' cannot be the dob: a value of type date is allowed"):
        party.present(PUID, {"dob": "8.6.1971"})
    with pytest.raises(TrytonError, match=r"unknown model party\.nothing"):
        Records(Store(), "party.nothing").present({"x": 1}, {})


def test_fields_of_links_may_be_matched_and_are_no_values(store: Store, party: Records) -> None:
    user = store.add("res.user", login="med")
    store.add("party.party", ref="STAFF-med", internal_user=user)
    assert party.find({"internal_user.login": "med"}) == [1]
    assert party.present({"internal_user.login": "med"}, {"name": "伟"}) == (1, {"name": (None, "伟")})


def test_absent_deletes_all_that_match(store: Store, party: Records) -> None:
    for _time in range(2):
        store.add("party.party", name="王")
    assert party.absent({"name": "王"}) == [1, 2]
    assert store.rows["party.party"] == {}
    assert party.absent({"name": "王"}) == []


def test_reading_keeps_the_order_asked_for(store: Store, party: Records) -> None:
    for name in ("a", "b"):
        store.add("party.party", name=name)
    assert party.read([2, 1], ["name"]) == [{"id": 2, "name": "b"}, {"id": 1, "name": "a"}]
    assert party.read([], ["name"]) == []


def test_waiting_ends_with_the_first_match_or_the_time(store: Store, party: Records) -> None:
    asked: list[int] = []
    search = store._search_rpc

    def later(model: str, domain: list[Any], *page: Any) -> list[int]:
        asked.append(len(asked))
        if len(asked) == 3:
            store.add("party.party", ref="WRT1")
        return search(model, domain, *page)

    store._search_rpc = later  # type: ignore[method-assign]
    assert party.wait(PUID, 5, pause=0.01) == [1]
    assert len(asked) == 3
    assert party.wait({"ref": "WRT2"}, 0.05, pause=0.01) == []
