"""XOR: the linear model that fails, the lecture's network by hand, and the same network learned.

Lecture 07, "Worked Example: The Exclusive OR (XOR) Function", (2) to (6).
"""

from __future__ import annotations

import numpy as np

import tinygrad_edu as tg
import viz
from demos.report import Report
from tinygrad_edu import nn
from viz import plots

SUMMARY = "XOR by hand and learned: a linear model fails, max{0, XW + c}w + b does not"


def main(report: Report) -> None:
    X, y = tg.datasets.xor()
    report.title("XOR: 1 when exactly one of the two inputs is 1")
    report.matrix("X", X)
    report.matrix("y", y)
    linear_model(report, X, y)
    worked_example(report, X, y)
    gradients_by_hand(report, X, y)
    learned(report, X, y)


def linear_model(report: Report, X: np.ndarray, y: np.ndarray) -> None:
    report.title("1. A linear model, y = Xβ + ια, by least squares (2), (3)")
    solution = np.linalg.lstsq(np.column_stack([X, np.ones(4)]), y, rcond=None)[0].reshape(-1)
    beta = tg.tensor(np.array([[1.0], [-1.0]]), requires_grad=True, name="β")
    alpha = tg.tensor([0.0], requires_grad=True, name="α")
    descent = tg.optim.SGD([beta, alpha], learning_rate=0.3)
    for _ in range(500):
        loss = tg.mse(X @ beta + alpha, y)
        descent.zero_grad()
        loss.backward()
        descent.step()
    report.matrix("least squares: β₁, β₂, α", solution)
    report.matrix("gradient descent, 500 steps", np.append(beta.data.reshape(-1), alpha.data))
    prediction = X @ solution[:2] + solution[2]
    report.matrix("ŷ", prediction[:, None])
    report.check("XOR, (3)", "linear solution α, β₁, β₂", "1/2, 0, 0",
                 ", ".join(f"{v + 0:.6f}" for v in solution[[2, 0, 1]].round(9) + 0.0),
                 np.allclose(solution, [0, 0, 0.5], atol=1e-12))
    report.check("XOR, (3)", "gradient descent finds the same", "1/2, 0, 0",
                 f"within {np.abs(np.append(beta.data, alpha.data) - [0, 0, 0.5]).max():.0e}",
                 np.allclose(np.append(beta.data, alpha.data), [0, 0, 0.5], atol=1e-9))
    report.check("XOR, (3)", "the linear prediction", "1/2 four times", ", ".join(f"{v:.3f}" for v in prediction),
                 np.allclose(prediction, 0.5))
    report.say("  No line does better: every f(x) = xβ + α has f(00) - f(01) - f(10) + f(11) = 0, XOR has -2.")


def network(b: float) -> tuple[dict[str, tg.Tensor], tg.Tensor]:
    """The lecture's solution, with its intermediate results by name; returns them and the loss."""
    X, y = tg.datasets.xor()
    at = {"X": tg.tensor(X, name="X"), "y": tg.tensor(y, name="y"),
          "W": tg.tensor([[1.0, 1.0], [1.0, 1.0]], requires_grad=True, name="W"),
          "c": tg.tensor([0.0, -1.0], requires_grad=True, name="c"),
          "w": tg.tensor([[1.0], [-2.0]], requires_grad=True, name="w"),
          "b": tg.tensor([b], requires_grad=True, name="b")}
    at["U"] = at["X"] @ at["W"]
    at["Z"] = at["U"] + at["c"]
    at["H"] = tg.relu(at["Z"])
    at["s"] = at["H"] @ at["w"]
    at["f"] = at["s"] + at["b"]
    at["L"] = tg.mse(at["f"], at["y"])
    for name, tensor in at.items():
        tensor.name = name
    return at, at["L"]


def draw(at: dict[str, tg.Tensor], lang: str) -> viz.Graph:
    words = {"en": ("hidden layer", "output layer", "XOR network"),
             "es": ("capa oculta", "capa de salida", "Red XOR")}[lang]
    return viz.graph(at["L"], lang=lang, title=words[2],
                     layers={words[0]: [at["U"], at["Z"], at["H"]], words[1]: [at["s"], at["f"]]})


def worked_example(report: Report, X: np.ndarray, y: np.ndarray) -> None:
    report.title("2. One hidden layer of two ReLU units, f(X) = max{0, XW + c}w + b (6), with the lecture's numbers")
    at, loss = network(b=0.0)
    lecture = {"U": [[0, 0], [1, 1], [1, 1], [2, 2]], "Z": [[0, -1], [1, 0], [1, 0], [2, 1]],
               "H": [[0, 0], [1, 0], [1, 0], [2, 1]], "f": [[0], [1], [1], [0]]}
    formulas = {"U": "XW", "Z": "XW + c", "H": "max{0, XW + c}", "f": "ŷ = max{0, XW + c}w + b"}
    for name in ("W", "c", "w", "b"):
        report.matrix(name, at[name].data)
    for name, expected in lecture.items():
        report.matrix(formulas[name], at[name].data)
        report.check("XOR, (6)", formulas[name], str(expected).replace(" ", ""),
                     "the same, to the bit" if np.array_equal(at[name].data, expected) else at[name].data.tolist(),
                     np.array_equal(at[name].data, expected))
    loss.backward()
    report.say("  The loss is 0, and so is every gradient: a solution is where nothing pulls any more.")
    for lang, suffix in (("en", ""), ("es", ".es")):
        report.save(draw(at, lang), f"xor-solution{suffix}.png", "the lecture's solution: loss 0, all gradients 0")


def gradients_by_hand(report: Report, X: np.ndarray, y: np.ndarray) -> None:
    report.title("3. The same network with b = 1/2: a loss of 1/4, and gradients to follow by hand")
    at, loss = network(b=0.5)
    loss.backward()
    expected = {"W": [[0.5, -0.5], [0.5, -0.5]], "c": [0.75, -0.5], "w": [[1.0], [0.25]], "b": [1.0]}
    for name, value in expected.items():
        report.matrix(f"∂L/∂{name}", at[name].grad)
        report.check("backpropagation", f"∂L/∂{name} by hand", str(value).replace(" ", ""),
                     "the same, to the bit" if np.array_equal(at[name].grad, value) else at[name].grad.tolist(),
                     np.array_equal(at[name].grad, value))
    for lang, suffix in (("en", ""), ("es", ".es")):
        report.save(draw(at, lang), f"xor{suffix}.png", "the graph with values and gradients, b = 1/2")
    report.save(draw(at, "en"), "xor.svg", "the same, to zoom into")


def train(sizes: tuple[int, ...], activation: str, X: np.ndarray, y: np.ndarray, seed: int,
          steps: int = 2000) -> tuple[nn.MLP, float, int]:
    """Gradient descent with momentum on all four points at once; returns the network, its loss and the steps taken."""
    model = nn.MLP(*sizes, activation=activation, dtype=np.float64, seed=seed)
    optimizer = tg.optim.SGD(model.parameters(), learning_rate=0.1, momentum=0.9)
    while (loss := tg.mse(model(X), y)).item() >= 1e-4 and optimizer.iterations < steps:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, loss.item(), optimizer.iterations


def learned(report: Report, X: np.ndarray, y: np.ndarray) -> None:
    report.title("4. Learned from 100 random starts by gradient descent (momentum 0.9, at most 2 000 steps)")
    runs = {}
    for sizes, activation in (((2, 8, 1), "tanh"), ((2, 2, 1), "relu")):
        results = [train(sizes, activation, X, y, seed) for seed in range(report.seed, report.seed + 100)]
        runs[activation] = results
        solved = [r for r in results if r[1] < 1e-3]
        steps = sorted(r[2] for r in solved)
        name = "-".join(map(str, sizes)) + " " + activation
        report.say(f"  {name}: {len(solved)} of 100 reach an error below 0.001, in a median of "
                   f"{steps[len(steps) // 2] if steps else 0} steps")
        failed = [r for r in results if r[1] >= 1e-3]
        if failed:
            why_not(report, failed, X)
    wide, small = (sum(r[1] < 1e-3 for r in runs[a]) for a in ("tanh", "relu"))
    report.check("XOR, last", "gradients find parameters with very few errors", "it can (2-8-1 tanh)",
                 f"{wide} of 100 starts", wide >= 95)
    report.check("Architecture Design", "representable is not learnable (2-2-1 relu)", "training may fail",
                 f"{100 - small} of 100 starts fail", 0 < small < 100)
    # The network to draw: the one whose two units look in the most different directions.
    solved = [r[0] for r in runs["relu"] if r[1] < 1e-3]
    best = max(solved, key=lambda m: abs(np.linalg.det(m.layers[0].weight.data)), default=runs["relu"][0][0])
    hidden = best.layers[0]
    report.save(plots.decision_boundary(lambda p: best(p).data, X, y, hidden=lambda p: hidden(p).data,
                                        title="A learned 2-2-1 network: XOR is not separable by a line until the "
                                              "hidden layer bends the plane"),
                "xor-spaces.png", "input space and hidden space of a learned network")


def why_not(report: Report, failed: list[tuple[nn.MLP, float, int]], X: np.ndarray) -> None:
    """What the runs that fail have in common: a ReLU unit that is off, or on, over all four points bends nothing."""
    bending = []
    for model, _, _ in failed:
        on = model.layers[0](X).data > 0
        bending.append(int((on.any(axis=0) & ~on.all(axis=0)).sum()))
    off = sum(bool((model.layers[0](X).data <= 0).all(axis=0).any()) for model, _, _ in failed)
    stuck = np.array([loss for _, loss, _ in failed])
    places = {"1/4": 0.25, "1/6": 1 / 6, "1/8": 0.125}
    counts = {name: int((np.abs(stuck - value) < 2e-3).sum()) for name, value in places.items()}
    report.say(f"    Why the other {len(failed)} do not: two units are just enough, so each must bend at its own "
               "place.")
    report.say(f"    In {off} of them a unit is dead")
    report.say("    (0 on all four points, and so is its gradient: relu' = 0, nothing can wake it); with "
               f"{'/'.join(str(bending.count(k)) for k in (0, 1, 2))} runs")
    report.say("    0/1/2 units still bend between the points. They stand still at errors of "
               + ", ".join(f"{name} ({n} runs)" for name, n in counts.items() if n)
               + ": local minima, not slow progress.")
