"""Mutants are wrong networks, all of them, and the same ones for the same seed."""

from __future__ import annotations

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.network.devices import models
from tests.unit.network.firewalls import firewalls, packets
from tests.unit.network.intents import HOSTS, small
from wardround.network.device import FirewallModel
from wardround.network.matrix import expectations
from wardround.network.mutants import KINDS, Mutant, Share, covered, mutants, senders, shares
from wardround.network.reach import allowed
from wardround.network.wiring import wire

NETWORK = small()
WIRING = wire(NETWORK, HOSTS)
MODELS = models(NETWORK, HOSTS)
ALL = mutants(NETWORK, WIRING, *MODELS)


def test_there_are_mutants_of_every_kind_and_no_two_of_a_name() -> None:
    assert {mutant.kind for mutant in ALL} == set(KINDS)
    assert len({mutant.name for mutant in ALL}) == len(ALL)


def test_each_changes_one_device() -> None:
    for mutant in ALL:
        changed = [*mutant.switches.items(), *mutant.firewalls.items()]
        assert len(changed) == 1
        name, model = changed[0]
        assert model != {**MODELS.switches, **MODELS.firewalls}[name], mutant.name


def test_each_wrong_rule_shows_in_some_question_of_the_matrix() -> None:
    expected = expectations(NETWORK, WIRING)
    for mutant in (one for one in ALL if one.firewalls):
        assert [
            probe
            for probe, wanted in expected.items()
            if wanted.allowed
            != allowed(
                mutant.firewalls.values(),
                WIRING.machines[probe.source].addresses[probe.family],
                WIRING.machines[probe.destination].addresses[probe.family],
                probe.protocol,
                probe.port,
            )[0]
        ], mutant.name


def test_the_same_seed_draws_the_same_mutants() -> None:
    def drawn(seed: int) -> list[Mutant]:
        return mutants(NETWORK, WIRING, *MODELS, each=3, seed=seed)

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert len(drawn(1)) == 3 * len(KINDS)
    assert {mutant.name for mutant in drawn(1)} <= {mutant.name for mutant in ALL}


def test_a_limit_makes_mutants_of_its_zones_alone() -> None:
    wiring = wire(NETWORK, HOSTS, ("guest", "servers"))
    made = mutants(NETWORK, wiring, *MODELS)
    assert {zone for mutant in made for zone in mutant.zones or ()} == {"guest", "servers"}
    assert "core-01 Gi1/0/1: socket it/s1/s1-1 in guest" in {mutant.name for mutant in made}
    assert not [mutant.name for mutant in made if "imaging" in mutant.name]


def test_a_vlan_leaks_only_where_something_is_in_it() -> None:
    cable = next(one for one in WIRING.cables if one.name == "t2")
    assert senders(WIRING, cable, "acc-02") == {"guest", "clinical"}
    assert senders(WIRING, cable, "core-01") == set(NETWORK.zones)


@settings(max_examples=25)
@given(firewalls(most_zones=3), st.data())
def test_a_covered_rule_changes_nothing(model: FirewallModel, data: st.DataObject) -> None:
    if not model.rules:
        return
    rule = data.draw(st.sampled_from(model.rules))
    without = dataclasses.replace(model, rules=tuple(other for other in model.rules if other is not rule))
    differs = any(
        allowed([model], one.source, one.destination, one.protocol, one.port)[0]
        != allowed([without], one.source, one.destination, one.protocol, one.port)[0]
        for one in packets(model)
    )
    if covered(rule, without.rules):
        assert not differs


def test_shares_name_the_survivors() -> None:
    made = [Mutant("rule added", "a"), Mutant("rule added", "b"), Mutant("port moved", "c")]
    told = {share.kind: share for share in shares({"a": "seen", "b": None, "c": "seen"}, made)}
    assert told["rule added"] == Share("rule added", 2, ("b",))
    assert told["port moved"] == Share("port moved", 1, ())
    assert told["trunk opened"] == Share("trunk opened", 0, ())
