"""The embedded hospital: real clinical software in systemd containers on this machine."""
