"""How much of what the installed wheel exports has a known type: pyright --verifytypes.

    python tests/types/completeness.py               builds the wheel, fails below the thresholds
    python tests/types/completeness.py --missing     names what has no known type, a line each

In an environment of its own, where nothing but the wheel is the package: what users install.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEAST = {"tinygrad_edu": 0.95, "viz": 0.95}


def installed(folder: Path) -> Path:
    """An environment with the wheel, and this one's packages beside it; its Python."""
    run = lambda *command: subprocess.run(command, check=True, cwd=ROOT)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "wheel", "--no-deps", "-w", str(folder), ".")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", ask], text=True).strip())
    run(*pip, "install", "--no-deps", "--target", str(site), str(next(folder.glob("*.whl"))))
    (site / "beside.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def measured(package: str, python: Path, folder: Path) -> dict:
    """What pyright says of a package in that environment."""
    done = subprocess.run(
        ["pyright", "--verifytypes", package, "--ignoreexternal", "--outputjson"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ
        | {"PATH": f"{python.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    found = json.loads(done.stdout)["typeCompleteness"]
    if not found["symbols"]:
        raise SystemExit(f"pyright found no {package} in {python}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--missing", action="store_true", help="name what has no known type")
    given = parser.parse_args()
    low = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = installed(folder)
        for package, least in LEAST.items():
            found = measured(package, python, folder)
            exported = [s for s in found["symbols"] if s["isExported"]]
            missing = [s["name"] for s in exported if not s["isTypeKnown"]]
            score = found["completenessScore"]
            print(f"{package}: {score:.1%} of {len(exported)} names have a known type")
            rooms = Counter(".".join(m.split(".")[: 2 if m.count(".") > 1 else 1]) for m in missing)
            for line in (
                missing if given.missing else [f"  {k} {n}" for k, n in rooms.most_common()]
            ):
                print(line)
            low = low or score < least
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
