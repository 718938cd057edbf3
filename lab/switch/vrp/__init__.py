"""Huawei VRP: version 5, where a line takes effect at once, and version 8, where `commit` does it."""

from lab.switch.vrp.command_line import Vrp5, Vrp8

__all__ = ["Vrp5", "Vrp8"]
