"""The works that are measured: each returns a heading and a table."""

from __future__ import annotations

import gc
import importlib.util
import os
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from tinygrad_edu.files import replace_whole

from . import lines as lines_of
from . import small
from .peers import PEERS, SLOW, Job, by_hand, order_of, ours, torch_fused
from .table import interleaved, rows

NEEDS = {
    "Keras on JAX": ("keras", "jax"),
    "JAX jit, optax": ("jax", "optax"),
    "PyTorch": ("torch",),
    "PyTorch, fused Adam": ("torch",),
    "HIPS autograd": ("autograd",),
    "MyGrad": ("mygrad",),
    "JAX jit": ("jax",),
    "micrograd": ("micrograd",),
}
HAND = "hand-written NumPy"
# an epoch of float32 steps magnifies the last digit that a sum in another order rounds differently
NEAR = 5e-3


def installed(name: str) -> bool:
    return all(importlib.util.find_spec(module) for module in NEEDS.get(name, ()))


def machine() -> str:
    versions = [f"NumPy {np.__version__}"]
    for module in ("torch", "jax", "keras", "optax", "autograd", "mygrad"):
        if importlib.util.find_spec(module):
            from importlib.metadata import version

            versions.append(f"{module} {version(module)}")
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}."


def images(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST where the full set is on this machine, else images of its size as empty as
    they."""
    import tinygrad_edu as tg

    if tg.datasets.fashion_mnist.locate() is not None:
        (x, y), _ = tg.datasets.fashion_mnist.load_data(download=False)
        if len(x) >= n:
            return (x[:n].reshape(n, 784) / 255).astype(np.float32), y[:n].astype(np.int64)
    rng = np.random.default_rng(0)
    x = rng.random((n, 784), np.float32) * (rng.random((n, 784)) < 0.5)
    x[:, rng.permutation(784)[:100]] = 0
    return x.astype(np.float32), rng.integers(0, 10, n)


def training(
    title: str, sizes: tuple[int, ...], batch: int, steps: int, rounds: int, without: set[str]
) -> str:
    """All peers train one network; losses of the first epoch must agree."""
    x, y = images(steps * batch)
    job = Job(x, y, sizes, batch)
    orders = [order_of(k, len(x)) for k in range(rounds + 1)]
    few = max(batch, len(x) // 30 // batch * batch)
    losses: dict[str, tuple[float, int]] = {}
    runs, missing = {}, []
    for name, peer in PEERS.items():
        if name in without:
            continue
        if not installed(name):
            missing.append(name)
            continue
        epoch, at = peer(job), iter(orders)
        part = few if name in SLOW else len(x)

        def run(name: str = name, epoch: Callable = epoch, at=at, part: int = part) -> int:
            loss = epoch(next(at)[:part])
            losses.setdefault(name, (loss, part))
            return part // batch

        runs[name] = run
    times = interleaved(runs, rounds)
    told = [
        f"{name} {loss:.5f}"
        for name, (loss, part) in losses.items()
        if part == len(x) and loss == loss
    ]
    reference = losses[HAND][0]
    astray = [
        name
        for name, (loss, part) in losses.items()
        if part == len(x) and abs(loss - reference) > NEAR * reference
    ]
    start = by_hand(job)(orders[0][:few])
    astray += [
        name
        for name, (loss, part) in losses.items()
        if part == few and abs(loss - start) > NEAR * start
    ]
    lines = rows(times, HAND, "µs a step", missing)
    verdict = (
        f"NOT the same loss: {', '.join(astray)}"
        if astray
        else f"All reach the same loss within {NEAR:.1%}"
    )
    return "\n".join(
        [
            f"## {title}",
            "",
            *lines,
            "",
            f"{verdict} (first epoch: {'; '.join(told)}).",
            f"{steps} steps a round, {rounds} rounds, {os.environ.get('OPENBLAS_NUM_THREADS', '?')} BLAS "
            "thread(s) for NumPy; the others use their default number of threads.",
        ]
    )


def classifier(rounds: int, fast: bool, out: Path) -> str:
    return training(
        "The lecture's classifier: 784-128-10, batch 32, Adam, float32, one epoch",
        (784, 128, 10),
        32,
        187 if fast else 1875,
        rounds,
        set(),
    )


def wide(rounds: int, fast: bool, out: Path) -> str:
    return training(
        "Wide: 784-1024-1024-10, batch 256",
        (784, 1024, 1024, 10),
        256,
        10 if fast else 60,
        rounds,
        {"HIPS autograd", "MyGrad", "Keras on JAX"},
    )


def xor(rounds: int, fast: bool, out: Path) -> str:
    """One full-batch step of 2-8-1, tanh, mean squared error, float64, SGD."""
    runs, missing, losses = {}, [], {}
    for name, make in small.XOR.items():
        if not installed(name):
            missing.append(name)
            continue
        step = make()
        steps = 20 if name == "micrograd" else 200 if fast else 2000

        def run(name: str = name, step: Callable = step, steps: int = steps) -> int:
            first = name not in losses
            for k in range(steps):
                loss = step()
                if first and k == 19:
                    losses[name] = float(loss)
            return steps

        runs[name] = run
    times = interleaved(runs, rounds)
    reference = losses[HAND]
    astray = [name for name, loss in losses.items() if abs(loss - reference) > 1e-6]
    verdict = f"NOT the same loss: {', '.join(astray)}" if astray else "All reach the same loss"
    return "\n".join(
        [
            "## XOR: one step of 2-8-1, float64, SGD",
            "",
            *rows(times, HAND, "µs a step", missing),
            "",
            f"{verdict} after 20 steps: {reference:.12f}.",
        ]
    )


def chain(rounds: int, fast: bool, out: Path) -> str:
    """n scalar operations in a row: forward and backward, microseconds and bytes an operation."""
    n = 10_000 if fast else 100_000
    forward: dict[str, list[float]] = {}
    backward: dict[str, list[float]] = {}
    missing = [name for name in small.CHAINS if not installed(name)]
    for name, make in small.CHAINS.items():
        if name not in missing:
            build, walk = make(10)  # imports it
            walk(build())
    # what the peers' modules hold is not for the collector to go through
    gc.freeze()
    for k in range(rounds + 1):
        for name, make in small.CHAINS.items():
            if name in missing:
                continue
            build, walk = make(n)
            gc.collect()
            t0 = time.perf_counter()
            y = build()
            t1 = time.perf_counter()
            walk(y)
            t2 = time.perf_counter()
            del y
            if k:
                forward.setdefault(name, []).append((t1 - t0) / n * 1e6)
                backward.setdefault(name, []).append((t2 - t1) / n * 1e6)
    build, _ = small.CHAINS["tinygrad_edu"](n)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = build()
    bytes_each = (tracemalloc.get_traced_memory()[0] - before) / n
    tracemalloc.stop()
    del kept
    lines = [
        f"## A chain of {n:,} scalar operations",
        "",
        "Forward.",
        "",
        *rows(forward, "tinygrad_edu", "µs an operation", missing),
        "",
        "Backward.",
        "",
        *rows(backward, "tinygrad_edu", "µs an operation", missing),
        "",
        f"tinygrad_edu keeps {bytes_each:.0f} bytes an operation (tracemalloc; NumPy's data included).",
    ]
    return "\n".join(lines)


def nodes(rounds: int, fast: bool, out: Path) -> str:
    """Time against the number of nodes: 2 000 parallel branches, and graphs of 10⁴ to 10⁶ nodes."""
    import tinygrad_edu as tg

    lines = [
        "## Time is linear in the number of nodes",
        "",
        "| graph | nodes | forward + backward, ms | t(2n) / t(n) |",
        "|---|---|---|---|",
    ]

    def branches(n: int) -> Callable[[], None]:
        def run() -> None:
            x = tg.tensor(0.5, requires_grad=True)
            total: object = 0.0
            for _ in range(n // 3):
                total = total + tg.sin(x * 1.5)
            total.backward()  # type: ignore[attr-defined]

        return run

    def diamonds(n: int) -> Callable[[], None]:
        def run() -> None:
            x = y = tg.tensor(0.5, requires_grad=True)
            for _ in range(n // 2):
                y = y * 0.25 + y
            y.backward()
            del x

        return run

    gc.disable()
    for title, make, sizes in (
        ("2 000 branches, summed", branches, [3000, 6000]),
        (
            "a ladder of diamonds",
            diamonds,
            [10_000, 20_000, 100_000, 200_000] + ([] if fast else [500_000, 1_000_000]),
        ),
    ):
        before: dict[int, float] = {}
        for n in sizes:
            took = []
            for _ in range(max(1, rounds // 2) + 1):
                began = time.perf_counter()
                make(n)()
                took.append((time.perf_counter() - began) * 1e3)
                gc.collect()
            before[n] = median(took[1:] or took)
            ratio = f"{before[n] / before[n // 2]:.2f}" if n // 2 in before else ""
            lines.append(f"| {title} | {n:,} | {before[n]:,.1f} | {ratio} |")
    gc.enable()
    return "\n".join(lines)


def startup(rounds: int, fast: bool, out: Path) -> str:
    """Importing, in a process each; and the DOT text of a large graph."""
    # compiled once, as installed ones
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def process(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=env)
        return (time.perf_counter() - began) * 1e3

    times: dict[str, list[float]] = {"import numpy": [], "import tinygrad_edu": []}
    for k in range(4 * rounds + 1):
        for code, values in times.items():
            took = process(code)
            if k:
                values.append(took)
    import tinygrad_edu as tg
    import viz

    x = tg.tensor(0.5, requires_grad=True, name="x")
    y = x
    for _ in range(5000):
        y = tg.sin(y) * x
    took = []
    for _ in range(max(2, rounds)):
        began = time.perf_counter()
        dot = viz.graph(y).source
        took.append(time.perf_counter() - began)
    return "\n".join(
        [
            "## Starting, and drawing",
            "",
            *rows(times, "import numpy", "ms a process"),
            "",
            f"`viz.graph` of 10 001 nodes: DOT text of {len(dot):,} characters in {median(took):.2f} s "
            f"(median of {len(took)}).",
        ]
    )


def growth(rounds: int, fast: bool, out: Path) -> str:
    """Steps a second against width and batch, beside hand-written NumPy and PyTorch: a table, and a
    plot."""
    peers = {"tinygrad_edu, fit": ours, HAND: by_hand}
    if installed("PyTorch"):
        peers["PyTorch, fused Adam"] = torch_fused
    cases = {
        "width (batch 32)": [((784, h, 10), 32) for h in (8, 32, 128, 512, 2048)],
        "batch (width 128)": [((784, 128, 10), b) for b in (1, 8, 32, 128, 512, 2048)],
    }
    lines = [
        "## How cost grows: steps a second",
        "",
        f"| | {' | '.join(peers)} | ratio to {HAND} |",
        "|---" * (len(peers) + 2) + "|",
    ]
    curves: dict[str, dict[str, list[tuple[int, float]]]] = {}
    for title, settings in cases.items():
        for sizes, batch in settings:
            steps = max(
                4, min(200, 400_000 // (sizes[1] * max(batch, 16) // 16)) // (4 if fast else 1)
            )
            x, y = images(steps * batch)
            job = Job(x, y, sizes, batch)
            runs = {}
            for name, peer in peers.items():
                epoch, at = peer(job), iter([order_of(k, len(x)) for k in range(rounds + 1)])

                def run(epoch: Callable = epoch, at=at, steps: int = steps) -> int:
                    epoch(next(at))
                    return steps

                runs[name] = run
            found = {
                name: 1e6 / median(values) for name, values in interleaved(runs, rounds).items()
            }
            at_ = sizes[1] if title.startswith("width") else batch
            for name, rate in found.items():
                curves.setdefault(title, {}).setdefault(name, []).append((at_, rate))
            lines.append(
                f"| {title.split()[0]} {at_} | "
                + " | ".join(f"{found[n]:,.0f}" for n in peers)
                + f" | {found[HAND] / found['tinygrad_edu, fit']:.2f} |"
            )
    if importlib.util.find_spec("matplotlib"):
        _plot(curves, out)
        lines += [
            "",
            "Plot: bench-growth.png. The ratio is of times: below 1 is faster than by hand.",
        ]
    return "\n".join(lines)


def _plot(curves: dict, out: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), layout="constrained")
    marks = {
        "tinygrad_edu, fit": ("#0072b2", "o", "-"),
        HAND: ("#555555", "s", "--"),
        "PyTorch, fused Adam": ("#d55e00", "^", ":"),
    }
    for ax, (title, lines) in zip(figure.subplots(1, 2), curves.items(), strict=True):
        for name, points in lines.items():
            color, mark, style = marks[name]
            ax.loglog(
                *zip(*points, strict=True),
                color=color,
                marker=mark,
                linestyle=style,
                label=name,
                linewidth=2,
            )
        ax.set_xlabel(title, fontsize=13)
        ax.set_ylabel("steps a second", fontsize=13)
        ax.set_xticks([p[0] for p in points], [str(p[0]) for p in points])
        ax.minorticks_off()
        ax.grid(True, which="major", alpha=0.3)
        ax.tick_params(labelsize=12)
    ax.legend(fontsize=12)
    figure.suptitle("784-width-10, Adam, float32: steps a second", fontsize=14)
    out.mkdir(parents=True, exist_ok=True)
    with replace_whole(out / "bench-growth.png") as file:
        figure.savefig(file, dpi=130, format="png")


def profile(rounds: int, fast: bool, out: Path) -> str:
    """The lines of the classifier's compiled step, slowest first."""
    x, y = images(6_000 if fast else 60_000)
    found = lines_of.profile(Job(x, y, (784, 128, 10), 32))
    return "\n".join(
        [
            "## Where the classifier's step spends its time",
            "",
            "| µs | line of the program |",
            "|---|---|",
            *(f"| {spent:.1f} | `{text}` |" for spent, text in found),
        ]
    )


WORKS: dict[str, Callable[[int, bool, Path], str]] = {
    "classifier": classifier,
    "wide": wide,
    "xor": xor,
    "chain": chain,
    "nodes": nodes,
    "startup": startup,
    "growth": growth,
    "profile": profile,
}
LARGE = {"wide"}
