"""What a device does by itself when nobody confirmed a change. Pure: when, is the device's business (device.py)."""

from __future__ import annotations

from lab.switch.config import Armed, Switch


def expire(switch: Switch, armed: Armed) -> bool:
    """A timer has run out; True if the device reboots."""
    if armed.kind == "reload":
        reboot(switch)
        return True
    if armed.back_to is not None:
        switch.running = armed.back_to.copy()
    switch.rollback = None
    return False


def reboot(switch: Switch) -> None:
    """What was not saved is lost, timers too."""
    switch.running = switch.startup.copy()
    switch.rollback = switch.reload = None
