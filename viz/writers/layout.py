"""The seam to the programs that lay graphs out: `graphviz-pure`, which pip brings, or the system's
`dot`.

Both read DOT on stdin and write a picture to stdout; both run as a process of their own, so that
time can be bounded and a crash stays there. (The `graphviz` package writes the DOT; its own driver
knows no time limit.)
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sysconfig
import warnings
from dataclasses import dataclass
from typing import Any

MOST_PIXELS = 40_000_000
"""A bitmap has no more pixels than this, 160 MB while it is made: graphviz-pure itself knows no
limit."""

LONGEST_SIDE = 20_000
"""Nor is a side longer than this, in pixels; viewers and cairo stop soon after."""

TIME_LIMIT = 60.0
"""Seconds that one layout may take."""

_INSTALL = "pip install graphviz-pure==0.2.2"


class EngineMissing(RuntimeError):
    """No program that lays graphs out was found; the message says what to install.

    >>> from viz.writers import layout
    >>> issubclass(layout.EngineMissing, RuntimeError)
    True
    """


class LayoutError(RuntimeError):
    """A layout failed, or took longer than it may.

    >>> import tinygrad_edu as tg, viz
    >>> viz.graph(tg.tensor(1.0, name="x")).svg(timeout=0.0)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    viz.writers.layout.TooLong: the layout took longer than 0 s and was stopped; draw less with...
    """


class TooLong(LayoutError):
    """A layout was stopped after its time."""

    def __init__(self, limit: float) -> None:
        super().__init__(
            f"the layout took longer than {limit:g} s and was stopped; draw less with "
            'detail="layers", or pass timeout='
        )


@dataclass(frozen=True)
class Engine:
    """A program that lays graphs out."""

    name: str  # "pure" or "dot"
    path: str

    def draw(self, source: str, kind: str, *options: str, timeout: float | None = None) -> bytes:
        """The picture of a DOT text, as `kind` ("svg", "png", "pdf")."""
        limit = TIME_LIMIT if timeout is None else timeout
        try:
            done = subprocess.run(
                [self.path, "-Kdot", f"-T{kind}", *options],
                input=source.encode("utf-8"),
                capture_output=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TooLong(limit) from None
        except OSError as error:
            raise LayoutError(f"{self.path} could not be run: {error}") from error
        if done.returncode or not done.stdout:
            raise LayoutError(
                f"{self.name} failed ({done.returncode}): "
                f"{done.stderr.decode(errors='replace')[-500:]}"
            )
        # What is left on stderr are warnings about widths of letters: measured and harmless, so not
        # passed on.
        return done.stdout


def graphviz_package() -> Any:
    """The Python package that writes DOT."""
    try:
        import graphviz  # type: ignore[import-untyped]
    except ImportError:
        raise EngineMissing(
            "drawing needs the Python package graphviz; write pip install graphviz"
        ) from None
    return graphviz


def find(name: str | None = None) -> Engine:
    """The engine of that name, "pure" or "dot"; without one, the first that is there. Errors:
    EngineMissing."""
    if name not in (None, "pure", "dot"):
        raise ValueError(
            f'engine={name!r} is unknown; known: "pure" (graphviz-pure, from pip), "dot" (the '
            "system's)"
        )
    for key, program in (("pure", _pure_path), ("dot", _dot_path)):
        if name in (None, key) and (path := program()):
            return Engine(key, path)
    missing, cure = {
        "pure": ("graphviz-pure is not installed", f"Write {_INSTALL}"),
        "dot": (
            "there is no dot on the PATH",
            "Install Graphviz, from your system or graphviz.org",
        ),
        None: ("neither graphviz-pure nor dot was found", f"Write {_INSTALL}, or install Graphviz"),
    }[name]
    raise EngineMissing(
        f"{missing}, so this graph cannot be laid out. {cure}. The DOT text needs neither: it is "
        "in "
        'graph.source, and graph.save("graph.dot") writes it.'
    )


def find_for_pdf(name: str | None = None) -> Engine:
    """The engine for a PDF: without a name, the system's dot if graphviz-pure would need svglib,
    which is not here."""
    if name is None and importlib.util.find_spec("svglib") is None and (path := _dot_path()):
        return Engine("dot", path)
    return find(name)


def _pure_path() -> str | None:
    # Beside the running Python, whether or not its environment is on the PATH.
    return shutil.which("graphviz-pure", path=sysconfig.get_path("scripts")) or shutil.which(
        "graphviz-pure"
    )


def _dot_path() -> str | None:
    return shutil.which("dot")


def size_of(svg: bytes) -> tuple[float, float]:
    """Width and height of an SVG from Graphviz, in points."""
    found = re.search(rb'<svg[^>]*?\bwidth="([\d.]+)pt"[^>]*?\bheight="([\d.]+)pt"', svg, re.S)
    if not found:
        raise LayoutError("the layout has no size")
    return float(found[1]), float(found[2])


def bounded_dpi(svg: bytes, dpi: float, what: str = "picture") -> float:
    """The resolution asked for, or the highest that keeps the bitmap within bounds; then a warning
    says so."""
    width, height = size_of(svg)
    most = min(72 * (MOST_PIXELS / (width * height)) ** 0.5, 72 * LONGEST_SIDE / max(width, height))
    if dpi <= most:
        return dpi
    warnings.warn(
        f"{what}: at {dpi:g} dpi the bitmap would be {width * dpi / 72:,.0f} × "
        f"{height * dpi / 72:,.0f} pixels; it is drawn at {int(most)} dpi. An .svg has no such "
        "limit",
        stacklevel=4,
    )
    return max(1, int(most))


def png(engine: Engine, source: str, svg: bytes, dpi: float, timeout: float | None = None) -> bytes:
    """A bitmap. The SVG was laid out first, for its size: too large a bitmap would take all
    memory."""
    return engine.draw(source, "png", f"-Gdpi={bounded_dpi(svg, dpi):g}", timeout=timeout)


def require_folder(path: str | os.PathLike[str]) -> None:
    """Says that a folder is missing before the work is done, not after it."""
    folder = os.path.dirname(os.path.abspath(os.fspath(path)))
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"there is no folder {folder!r}; write os.makedirs({folder!r}) first"
        )
