"""The oldest releases that pyproject.toml says the project works with, a requirement a line:
`python tests/project/oldest.py`.

    make oldest      # installs exactly these into .venv-oldest and runs the tests there
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def oldest(requirements: Iterable[str]) -> list[str]:
    """Each requirement at its lower bound. Errors: one that has none, which would be a promise
    nobody can test.

    >>> oldest(["numpy>=2.1", "graphviz-pure==0.2.2", "tinygrad_edu[pdf]"])
    ['numpy==2.1', 'graphviz-pure==0.2.2']
    """
    found = []
    for requirement in requirements:
        bound = re.fullmatch(r"([\w.-]+)(>=|==)([\w.]+)", requirement.replace(" ", ""))
        if bound:
            found.append(f"{bound[1]}=={bound[3]}")
        # its own extras are asked for themselves
        elif not requirement.startswith("tinygrad_edu["):
            raise ValueError(
                f"{requirement!r} in pyproject.toml has no lower bound; write {requirement}>=..."
            )
    return found


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    print(
        "\n".join(
            oldest([*project["dependencies"], *extras["pdf"], *extras["scipy"], *extras["test"]])
        )
    )


if __name__ == "__main__":
    main()
