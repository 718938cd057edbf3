"""Emulated access switches: a vendor's command line in front, Open vSwitch behind. See README.md."""
