"""Why linear layers are not stacked, and what an activation between them adds: its derivative, to any order.

Lecture 07, "Multilayer Perceptrons: Theory", (7) to (10), and "Activation Functions".
"""

from __future__ import annotations

import numpy as np

import tinygrad_edu as tg
import viz
from demos.report import Report
from tinygrad_edu import nn

SUMMARY = "linear layers collapse into one; activations, and their derivatives to the sixth"


def main(report: Report) -> None:
    collapse(report)
    no_collapse(report)
    derivatives(report)


def stack(sizes: tuple[int, ...], rng: np.random.Generator, activation: str | None = None) -> nn.MLP:
    """Layers of small whole numbers: every sum and product is a float, so that equal means equal."""
    model = nn.MLP(*sizes, activation=activation, dtype=np.float64, seed=0)
    for p in model.parameters():
        p.data = rng.integers(-3, 4, p.shape)
    return model


def collapse(report: Report) -> None:
    report.title("1. Y = (X W₁ + b₁) W₂ + b₂ = X W₁W₂ + b₁W₂ + b₂ = X W + b (8)")
    rng = np.random.default_rng(report.seed)
    model = stack((2, 3, 1), rng)
    W, b = nn.affine(model)
    for name, value in (("W₁", model.layers[0].weight), ("W₂", model.layers[1].weight), ("W = W₁W₂", W),
                        ("b = b₁W₂ + b₂", b)):
        report.matrix(name, value.numpy())
    X = tg.tensor(rng.integers(-3, 4, (4, 2)).astype(float), name="X")
    deep = stack((20, 30, 30, 30, 5), rng)
    x = rng.integers(-3, 4, (100, 20)).astype(float)
    one = nn.collapse(deep)
    report.check("MLP theory, (8)", "four linear layers are one", "X W + b",
                 "the same, to the bit" if np.array_equal(deep(x).numpy(), one(x).numpy()) else "they differ",
                 np.array_equal(deep(x).numpy(), one(x).numpy()))
    many, few = (sum(p.size for p in m.parameters()) for m in (deep, one))
    report.check("MLP theory, (8)", "\"no ganamos nada\": parameters before and after", "fewer", f"{many:,} and {few}",
                 few < many)
    gradients = []
    for f in (deep, lambda x: x @ nn.affine(deep)[0] + nn.affine(deep)[1]):
        for p in deep.parameters():
            p.grad = None
        f(x).sum().backward()
        gradients.append([p.grad.copy() for p in deep.parameters()])
    equal = all(map(np.array_equal, *gradients))
    report.check("MLP theory, (8)", "the same gradient for every Wᵢ and bᵢ, through W", "equal",
                 "the same, to the bit" if equal else "they differ", equal)
    loss = (X @ W + b).sum()
    loss.backward()
    one, two = model.layers
    names = {"W₁": one.weight, "b₁": one.bias, "W₂": two.weight, "b₂": two.bias, "W": W, "b": b}
    report.save(viz.graph(loss, names=names, title="one layer out of two"), "collapse.png",
                "W = W₁W₂ and b = b₁W₂ + b₂, with the gradients that go back to both layers")


def no_collapse(report: Report) -> None:
    report.title("2. H = σ(X W₁ + b₁): with an activation between, it does not (9)")
    corners, signs = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([1, -1, -1, 1])
    rng = np.random.default_rng(report.seed)
    linear = [abs(float(signs @ stack((2, 4, 4, 1), rng)(corners).numpy()[:, 0])) for _ in range(100)]
    report.check("MLP theory, (8)", "f(00) - f(01) - f(10) + f(11) of 100 linear stacks", "0", f"{max(linear):.0f}",
                 max(linear) == 0)
    bent = [abs(float(signs @ stack((2, 4, 4, 1), rng, "relu")(corners).numpy()[:, 0])) for _ in range(100)]
    report.check("MLP theory, (9)", "the same with relu between: how many are not 0", "> 0",
                 f"{np.count_nonzero(bent)} of 100", np.count_nonzero(bent) > 0)
    try:
        nn.collapse(stack((2, 4, 1), rng, "relu"))
        said = "collapsed"
    except TypeError as refusal:
        said = str(refusal)
    report.say(f"  nn.collapse says: {said}")
    report.check("MLP theory, (9)", "a network with relu is refused, with the reason", "f(-1) + f(2) ≠ f(0) + f(1)",
                 "2 and 1" if "f(-1) + f(2) = 2, and f(0) + f(1) = 1" in said else said, "not linear" in said)


def derivatives(report: Report) -> None:
    report.title("3. Activations and their derivatives")
    x = np.linspace(-8, 8, 1601)
    s, t = 1 / (1 + np.exp(-x)), np.tanh(x)
    for name, f, slope, formula in (("ReLU", tg.relu, (x > 0).astype(float), "0 for x < 0, 1 for x > 0"),
                                    ("sigmoid", tg.sigmoid, s * (1 - s), "σ(x)(1 - σ(x))"),
                                    ("Tanh", tg.tanh, 1 - t * t, "1 - tanh²(x)")):
        (ours,) = tg.vjp(f, x)[1](np.ones_like(x))
        off = np.abs(ours.numpy() - slope).max()
        report.check("Activation Functions", f"d/dx {name}", formula, f"within {off:.0e} at 1 601 points", off < 1e-15)
    # tanh⁽ⁿ⁾ = Pₙ(tanh) with P₁ = 1 - t² and Pₙ₊₁ = (1 - t²) Pₙ'.
    P, f, off = np.polynomial.Polynomial([0, 1]), tg.tanh, 0.0
    at = 0.5
    for _ in range(6):
        P, f = np.polynomial.Polynomial([1, 0, -1]) * P.deriv(), tg.grad(f)
        expected, ours = P(np.tanh(at)), f(at).item()
        off = max(off, abs(ours - expected) / abs(expected))
    report.check("Activation Functions", "the sixth derivative of tanh at 1/2, by six gradients", f"{expected:.12g}",
                 f"{ours:.12g}", off < 1e-12)
