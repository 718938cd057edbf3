"""What this computer's kernel must allow for so many machines."""

from pathlib import Path

from lab.podman import LabError

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
PER_MACHINE = 12  # systemd takes five, D-Bus one, and services of a desk the rest; 128 is the kernel's default


def allow(machines: int) -> None:
    """Let root watch enough files for this many machines; the setting lasts until this computer restarts.

    Raises LabError where it is too low and may not be raised.
    """
    wanted = 128 + PER_MACHINE * machines
    if int(INOTIFY.read_text(encoding="ascii")) >= wanted:
        return
    try:
        INOTIFY.write_text(str(wanted), encoding="ascii")
    except OSError as error:
        raise LabError(
            f"fs.inotify.max_user_instances is too low for {machines} machines and cannot be set here"
            f" ({error.strerror}); on the host: sysctl fs.inotify.max_user_instances={wanted}"
        ) from error
