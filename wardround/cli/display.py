"""What a person sees while a run is going on: live on a terminal, lines elsewhere. It only reads the record."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from wardround.run import clock
from wardround.run.store import Store

_MARKS = {"ok": "✓", "changed": "✓", "skipped": "·", "failed": "✗", "unreachable": "?"}


class RunDisplay:
    """Progress of a playbook run, host by host."""

    def __init__(self, store: Store, console: Console) -> None:
        self._store = store
        self._console = console
        self._hosts: dict[str, tuple[str, str, str]] = {}
        self._named = False
        self._seen = 0
        self._title = ""
        self._said = ""
        self._began = clock.now()
        self._live: Live | None = None

    def say(self, sentence: str) -> None:
        self._console.print(Text(f"  {sentence}"), soft_wrap=True)

    def say_once(self, sentence: str) -> None:
        """Say it unless it was the last thing said so: somebody waits, and nothing is new."""
        if sentence != self._said:
            self._said = sentence
            self.say(sentence)

    def begin(self, title: str, hosts: Sequence[str]) -> None:
        """Show a run over `hosts`; over those that the run comes to where there are none."""
        self._title, self._began, self._seen = title, clock.now(), 0
        self._hosts, self._named = dict.fromkeys(hosts, ("", "", "")), bool(hosts)
        if self._console.is_terminal:
            self._live = Live(self._table(), console=self._console, transient=True, auto_refresh=False)
            self._live.start()

    def watch(self, run_id: str) -> None:
        with self._store.read() as db:
            rows = db.execute(
                "SELECT seq, host, task, status, message FROM tasks WHERE run = ? AND seq > ? ORDER BY seq",
                (run_id, self._seen),
            ).fetchall()
        for row in rows:
            self._seen = row["seq"]
            if row["host"] in self._hosts or not self._named:
                self._hosts[row["host"]] = (row["task"], row["status"], row["message"])
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def end(self, quiet: bool = False) -> None:
        """The run is over; `quiet` tells of what went wrong only."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        bad = [host for host, (_task, status, _said) in self._hosts.items() if status in ("failed", "unreachable", "")]
        took = clock.seconds_since(self._began)
        if bad or not quiet:
            counted = f"{len(self._hosts) - len(bad)} of {len(self._hosts)} hosts"
            self._console.print(Text(f"  {self._title}: {counted}, {took:.0f} s"))
        for host in bad:
            task, status, message = self._hosts[host]
            line = f"    {_MARKS.get(status, '?')} {host}: {task or 'no answer'}: {message}"
            self._console.print(Text(line, "red"), soft_wrap=True)

    def _table(self) -> Table:
        table = Table(title=f"{self._title}  {clock.seconds_since(self._began):.0f} s", title_justify="left", box=None)
        for heading in ("", "host", "task"):
            table.add_column(heading)
        for host, (task, status, _said) in list(self._hosts.items())[:40]:
            table.add_row(_MARKS.get(status, "…"), host, Text(task))
        if len(self._hosts) > 40:
            table.add_row("", f"and {len(self._hosts) - 40} more", "")
        return table
