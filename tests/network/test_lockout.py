"""Nobody is locked out of a switch: the session is cut after every line of a change, in every dialect.

Each cut has an emulated switch of its own, a few at a time. What is asked is that the switch is itself again, byte for
byte, and takes sessions, within its own timer and five seconds, and that the client then finds it so in a new session.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from lab.switch.fleet import Fleet
from tests.unit.run.emulated import DESK, DOWN, HAVE, SECONDS, UP, login, switch
from wardround.network.change import steps, target
from wardround.network.device import Access, Port, TrunkPort
from wardround.network.dialects import DIALECTS
from wardround.run.switch_change import ChangeError, change

MINUTE = 8.0  # seconds, and one minute is the timer
GRACE = 5.0  # seconds
AT_ONCE = 6  # switches with their clients, which wait most of the time
TRIES = 4
KINDS = {
    **{platform: (platform, True) for platform in sorted(DIALECTS)},
    "cisco_ios without archive": ("cisco_ios", False),
}

TRUNK = TrunkPort(frozenset({10, 20, 40, 99}), 1)
WANT = replace(
    HAVE,
    vlans={10: "CLINICAL", 20: "GUESTS", 40: "IMAGING", 99: "MANAGEMENT"},
    ports=HAVE.ports
    | {
        DESK: Port(DESK, Access(40), "MRI 2"),
        DOWN: Port(DOWN, TRUNK, "acc-02"),
        UP: Port(UP, TRUNK, "core-01"),
    },
)


def lines_in_configuration(platform: str) -> int:
    """How many lines of the change are typed while the switch is being configured, arming and leaving included."""
    dialect = DIALECTS[platform]
    commands = dialect.commands(steps(HAVE, target(HAVE, WANT, "overridden", dialect.default)))
    assert len(commands) >= 20
    back = dialect.rollback(SECONDS, "")
    armed_inside = sum(back.mechanism in line for line in back.arm[1:])
    return armed_inside + len(commands) + len(back.seal)


@pytest.mark.parametrize("kind", KINDS)
def test_a_session_cut_after_any_line_locks_nobody_out(kind: str, tmp_path: Path) -> None:
    platform, archive = KINDS[kind]
    dialect = DIALECTS[platform]
    cuts = range(lines_in_configuration(platform) + 1)
    specs = {cut: switch(f"cut-{cut}", platform, archive=archive, minute=MINUTE) for cut in cuts}
    with Fleet(*specs.values()) as fleet, ThreadPoolExecutor(AT_ONCE) as pool:

        def seconds_away(cut: int) -> float:
            """From arming until the switch is itself again, by its own log; none where nothing was changed yet."""
            name = specs[cut].name
            device, where = fleet[name], login(fleet[name], tmp_path)
            before = device.text("running")
            for _unused in range(TRIES):
                mark = len(device.log)
                fleet.misbehave(name, cut_after=cut)
                with pytest.raises(ChangeError, match=rf"\. {name} is as it was before") as told:
                    change(where, dialect, WANT, "overridden", SECONDS, minute=MINUTE)
                assert device.text("running") == device.text("startup") == before
                assert device.switch.rollback is None and device.switch.reload is None
                moments = {what: moment for moment, what in device.log[mark:]}
                away = moments["back"] - moments["armed"] if "back" in moments else 0.0
                # On a busy machine a client gives up before its line is reached, and is as safe, and the emulator's own
                # timer is late; both are asked again.
                if "half of the" not in str(told.value) and away <= MINUTE + GRACE:
                    break
            assert "ended the session at `" in str(told.value)
            return away

        away = {cut: pool.submit(seconds_away, cut) for cut in cuts}
        assert {cut: done.result() for cut, done in away.items() if done.result() > MINUTE + GRACE} == {}
