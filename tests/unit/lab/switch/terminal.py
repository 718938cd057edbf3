"""A person at a switch's command line, without SSH: types lines, answers questions."""

from __future__ import annotations

from lab.switch.config import Config, Live, Switch
from lab.switch.dialect import Answer, Dialect, Question, Session
from lab.switch.spec import port_range

IOS_PORTS = port_range("GigabitEthernet1/0/1-4")
VRP5_PORTS = port_range("GigabitEthernet0/0/1-4")
VRP8_PORTS = port_range("GE1/0/1-4")
H3C_PORTS = port_range("GigabitEthernet1/0/1-4")


class Terminal:
    """One session at a switch; another one at the same switch with `beside`."""

    def __init__(self, dialect: Dialect, ports: tuple[str, ...], switch: Switch | None = None, number: int = 1) -> None:
        self.dialect, self.ports = dialect, ports
        blank = dialect.blank("acc-01", ports)
        self.switch = switch or Switch(blank, blank.copy(), Live(frozenset(ports)), factory=blank.copy)
        self.session = Session(number=number, mode=dialect.outside)
        self.question: Question | None = None

    def beside(self) -> Terminal:
        return Terminal(self.dialect, self.ports, self.switch, self.session.number + 1)

    def type(self, *lines: str) -> str:
        """Type lines, or answers where a question stands; returns what the last one showed."""
        answer = Answer()
        for line in lines:
            if self.question:
                answer = self.question.then(line)
            else:
                answer = self.dialect.execute(self.switch, self.session, line)
            self.question = answer.ask
        return answer.text + (answer.ask.text if answer.ask else "")

    def set(self, text: str) -> None:
        """Type lines each of which must be taken without a word."""
        for line in text.strip().splitlines():
            shown = self.type(line.strip())
            assert not self.question
            assert "%" not in shown and "Error" not in shown, f"{line}: {shown}"

    @property
    def prompt(self) -> str:
        return self.dialect.prompt(self.switch, self.session)

    @property
    def running(self) -> str:
        return self.dialect.render(self.switch.running)

    def again(self) -> Config:
        """The running configuration, printed and read again."""
        return self.dialect.load(self.running, self.dialect.blank("other", self.ports))
