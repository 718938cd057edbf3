"""Run every `ansible-test sanity` test, with no ignore file, on the tracked files as they are in the work tree.

ansible-test wants a real `ansible_collections/wardround/hospital` path and refuses the link under `collections/`,
so it gets a copy. Its home is in the copy's folder too: the environments it builds from PyPI are kept between runs.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".lab/sanity"
TREE = CACHE / "ansible_collections/wardround/hospital"
HOME = CACHE / "home"


def copy_tracked_files() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if name.startswith("collections/") or not source.is_file():
            continue
        target = TREE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    # ansible-test asks git which files there are
    subprocess.run(["git", "init", "-q"], cwd=TREE, check=True)
    subprocess.run(["git", "add", "--all", "--force"], cwd=TREE, check=True)


def prepare_home() -> None:
    """Keep ansible-test from fetching pip's bootstrap script, and leave it the user's pip settings."""
    bootstrap = HOME / ".ansible/test/cache/get_pip_24_2.py"
    bootstrap.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.write_text("import ensurepip\n\nensurepip.bootstrap(default_pip=True)\n")
    settings = HOME / ".config"
    if not settings.is_symlink():
        settings.symlink_to(Path.home() / ".config")


def main() -> int:
    copy_tracked_files()
    prepare_home()
    minor = ".".join(platform.python_version_tuple()[:2])
    program = str(Path(sys.executable).with_name("ansible-test"))
    command = [program, "sanity", "--python", minor, "--color", "no"]
    return subprocess.run(command, cwd=TREE, env=os.environ | {"HOME": str(HOME)}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
