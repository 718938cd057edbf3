"""H3C Comware 7."""

from lab.switch.comware.command_line import Comware

__all__ = ["Comware"]
