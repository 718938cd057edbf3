"""Progress on the terminal: one line a step, with the seconds it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the step's name when it starts and its duration when it ends."""
    start = time.monotonic()
    print(f"  {title} ...", end="", flush=True)
    try:
        yield
    except BaseException:
        print(f" failed after {time.monotonic() - start:.1f} s", flush=True)
        raise
    print(f" {time.monotonic() - start:.1f} s", flush=True)


@contextmanager
def step_beside_others(title: str) -> Iterator[None]:
    """As `step`, where several run at once: its line is printed when it ends, whole."""
    start = time.monotonic()
    how = " failed after"
    try:
        yield
        how = ""
    finally:
        sys.stdout.write(f"  {title} ...{how} {time.monotonic() - start:.1f} s\n")
        sys.stdout.flush()
