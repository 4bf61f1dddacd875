"""Where a compiled step spends its time: microseconds a line of its program, in the middle of
training."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

from .peers import Job, order_of


def profile(job: Job, most: int = 24) -> list[tuple[float, str]]:
    """The slowest lines of the step that `fit` compiles for a job, each with its mean time."""
    from tinygrad_edu import nn

    model = nn.Sequential(
        [nn.Dense(h, "relu") for h in job.sizes[1:-1]] + [nn.Dense(job.sizes[-1], "softmax")],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(job.x[: 2 * job.batch], job.y[: 2 * job.batch], batch_size=job.batch, verbose=0)
    compiled = model.plan.step[1].__self__.latest
    tree = ast.parse(compiled.program)
    lines: list[str] = []

    def timed(body: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for line in body:
            if isinstance(line, ast.With):
                line.body = timed(line.body)
            if isinstance(line, (ast.With, ast.Return)):
                found.append(line)
                continue
            k, text = len(lines), ast.unparse(line).splitlines()[0]
            lines.append(text)
            found += [
                *ast.parse("began_ = clock_()").body,
                line,
                *ast.parse(f"spent_[{k}] += clock_() - began_").body,
            ]
        return found

    function: Any = tree.body[0]
    function.body = timed(function.body)
    scope = {**compiled.forward.__globals__, "clock_": time.perf_counter_ns}
    exec(compile(ast.fix_missing_locations(tree), str(Path(__file__)), "exec"), scope)
    scope["spent_"] = [0] * len(lines)
    arrays = [x._data for _, x in compiled.sources]
    order = order_of(0, len(job.x))
    steps = len(order) // job.batch
    for k in range(steps):
        index = order[k * job.batch : (k + 1) * job.batch]
        scope[compiled.name](job.x[index], job.y[index], *arrays)
    means = ((ns / steps / 1e3, text) for ns, text in zip(scope["spent_"], lines, strict=True))
    return sorted(means, reverse=True)[:most]
