"""What a fault is."""


from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    name: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]

    def applied(self, text: str) -> str:
        assert text.count(self.old) == 1, self.name
        return text.replace(self.old, self.new)


FAULTS: list[Fault] = []


def fault(name: str, file: str, old: str, new: str, *killers: str) -> None:
    assert old != new and name not in {f.name for f in FAULTS}, name
    FAULTS.append(Fault(name, file, old, new, killers))


COMPLEX_STEP = "test_gradient_is_the_complex_step"
