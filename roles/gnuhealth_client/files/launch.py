"""Start the hospital's GNU Health client with this desk's settings: launch.py PRODUCT [--patient PUID] [MORE...]

Every user of the desk gets the desk's own profile, whatever the client wrote into the user's files before: the server,
the user name offered, the language. A server is never asked without TLS, and is trusted by the hospital's authority
alone. What follows the product is the client's own (its --version, say); --patient opens a patient's record.
"""

import configparser
import json
import os
import sys
from pathlib import Path

SETTINGS = Path("/etc/wardround")
HERE = Path(__file__).resolve().parent
PLUGIN = "wardround_desk.py"


class LaunchError(Exception):
    """The client cannot be started; the message is for the person at the desk."""


def read(path):
    """The JSON of a file; raises LaunchError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LaunchError(f"{path} cannot be read: {error}") from error


def in_use(root):
    """(directory, version) of the release that `current` names, links resolved; raises LaunchError."""
    release = (Path(root) / "current").resolve()
    if not release.is_dir():
        raise LaunchError(f"no release is in use in {root}")
    return release, str(read(release / "release.json").get("version"))


def write_profile(path, desk):
    """The desk's profile and no other: the client's own list would offer a public demonstration server."""
    parser = configparser.RawConfigParser()
    parser[desk["server"]] = {"host": desk["host"], "database": desk["database"], "username": desk["user"]}
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)


def write_settings(path, desk):
    """The client's settings: the desk's over whatever the user chose, and the user's own beside them."""
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        parser = configparser.RawConfigParser()
    forced = {
        "login": {
            "profile": desk["server"],
            "host": desk["host"],
            "db": desk["database"],
            "login": desk["user"],
            "service": "",
            "expanded": "False",
        },
        "client": {"lang": desk["language"], "title": desk["title"]},
    }
    for section, values in forced.items():
        if not parser.has_section(section):
            parser.add_section(section)
        for name, value in values.items():
            parser.set(section, name, value)
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)


def insist_on_tls(folder, host):
    """Let the client ask `host` over TLS only.

    Where it knows no fingerprint of a host it falls back to plain HTTP (gnuhealth/jsonrpc.py, make_connection) and
    sends the password so. It compares no fingerprint, and replaces this one by the server's: the authority decides.
    """
    path = folder / "known_hosts"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    known = dict(line.partition(" ")[::2] for line in lines if line.strip())
    if not known.get(host):
        known[host] = ":".join(["00"] * 20)
        path.write_text("".join(f"{name} {sha1}\n" for name, sha1 in known.items()), encoding="utf-8")
    (folder / "ca_certs").unlink(missing_ok=True)  # would be trusted instead of the hospital's authority


def offer_plugin(folder):
    """The client imports what lies in its plugin folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    link = folder / PLUGIN
    if not link.is_symlink() or link.readlink() != HERE / PLUGIN:
        link.unlink(missing_ok=True)
        link.symlink_to(HERE / PLUGIN)


def prepare(desk, version):
    """Lay out the user's folder of the client's series; returns the settings file. OSError where that fails."""
    folder = Path.home() / ".config" / "gnuhealth" / ".".join(version.split(".")[:2])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = folder / f"{desk['product']}.conf"  # its own, because a desk may have the HIS's and the LIS's client
    write_profile(folder / "profiles.cfg", desk)
    write_settings(settings, desk)
    insist_on_tls(folder, desk["host"])
    offer_plugin(folder / "plugins")
    return settings


def command(arguments, settings_of=SETTINGS):
    """(program, arguments, environment) of the client; raises LaunchError and OSError."""
    if not arguments:
        raise LaunchError("usage: launch.py PRODUCT [--patient PUID] [the client's own options]")
    product, *more = arguments
    file = settings_of / product / "desk.json"
    desk = read(file)
    release, version = in_use(desk["root"])
    environment = dict(os.environ, WARDROUND_DESK=str(file), SSL_CERT_FILE=desk["ca_file"])
    environment.pop("WARDROUND_PATIENT", None)
    if more[:1] == ["--patient"]:
        if len(more) < 2:
            raise LaunchError("--patient wants a patient's identifier (PUID)")
        environment["WARDROUND_PATIENT"] = more[1]
        more = more[2:]
    program = str(release / "bin" / "gnuhealth-client")
    return program, [program, "-c", str(prepare(desk, version)), *more], environment


def main():
    try:
        program, arguments, environment = command(sys.argv[1:])
        os.execve(program, arguments, environment)
    except (LaunchError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
