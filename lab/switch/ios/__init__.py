"""Cisco IOS XE as on a Catalyst 9300, VTP transparent: VLANs stand in the running configuration."""

from lab.switch.ios.command_line import Ios

__all__ = ["Ios"]
