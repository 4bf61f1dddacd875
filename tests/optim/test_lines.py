"""Update rules as lines: what may stand in them, what is made of them, and optimizers of one's
own."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim
from tinygrad_edu.optim.lines import moments, read


class Heavy(optim.Optimizer):
    """Momentum as Polyak has it, in two lines."""

    lines = "m = 0.9 * m + g", "w = w - rate * m"


class Lion(optim.Optimizer):
    """Chen et al. 2023."""

    settings = (*optim.Optimizer.settings, "beta_1", "beta_2")
    beta_1, beta_2 = 0.9, 0.99
    lines = (
        "w = w - rate * sign(beta_1 * m + (1 - beta_1) * g)",
        "m = beta_2 * m + (1 - beta_2) * g",
    )


class AdaMax(optim.Optimizer):
    """Kingma and Ba 2015, algorithm 2."""

    settings = (*optim.Optimizer.settings, "beta_1", "beta_2")
    beta_1, beta_2 = 0.9, 0.999
    lines = (
        "m = beta_1 * m + (1 - beta_1) * g",
        "u = maximum(beta_2 * u, abs(g))",
        "w = w - rate / (1 - beta_1 ** t) * m / (u + 1e-8)",
    )


class Adadelta(optim.Optimizer):
    """Zeiler 2012: `d` is a value of one step."""

    settings = (*optim.Optimizer.settings, "rho")
    rho = 0.95
    lines = (
        "h = rho * h + (1 - rho) * g ** 2",
        "d = sqrt(x + 1e-6) / sqrt(h + 1e-6) * g",
        "x = rho * x + (1 - rho) * d ** 2",
        "w = w - rate * d",
    )


class Damped(optim.Optimizer):
    """Lines that read what they assign to, in every place; a number of a step; what w was."""

    settings = (*optim.Optimizer.settings, "slow")
    slow = True
    lines = (
        "pace = rate / sqrt(t)",
        "before = w",
        "w = tanh(w) - pace * (g + 0.1 * w)",
        "s = 0.5 * abs(s - g) + exp(-s)",
        "if slow: w = 0.5 * w + 0.5 * before - minimum(s, 0.01) * log(1 + s) * pace",
    )


class Reused(optim.Optimizer):
    """The same term twice, after the scratch buffer, and then what the term reads, has changed."""

    lines = (
        "a = a + rate * g",
        "s = maximum(s, abs(g))",
        "w = w - rate * g",
        "b = b + 0.5 * a",
        "a = 0.9 * a",
        "w = w - 0.5 * a - 0.01 * s * b",
    )


def heavy(w, g, rate, t, m=0.0):
    m = 0.9 * m + g
    return w - rate * m, {"m": m}


def lion(w, g, rate, t, m=0.0):
    w = w - rate * np.sign(0.9 * m + (1 - 0.9) * g)
    return w, {"m": 0.99 * m + (1 - 0.99) * g}


def adamax(w, g, rate, t, m=0.0, u=0.0):
    m, u = 0.9 * m + (1 - 0.9) * g, np.maximum(0.999 * u, np.abs(g))
    return w - rate / (1 - 0.9**t) * m / (u + 1e-8), {"m": m, "u": u}


def adadelta(w, g, rate, t, h=0.0, x=0.0):
    h = 0.95 * h + (1 - 0.95) * g**2
    d = np.sqrt(x + 1e-6) / np.sqrt(h + 1e-6) * g
    return w - rate * d, {"h": h, "x": 0.95 * x + (1 - 0.95) * d**2}


def damped(w, g, rate, t, s=0.0):
    pace, before = rate / np.sqrt(t), w
    w = np.tanh(w) - pace * (g + 0.1 * w)
    s = 0.5 * np.abs(s - g) + np.exp(-s)
    return 0.5 * w + 0.5 * before - np.minimum(s, 0.01) * np.log(1 + s) * pace, {"s": s}


def reused(w, g, rate, t, a=0.0, s=0.0, b=0.0):
    a, s = a + rate * g, np.maximum(s, np.abs(g))
    w, b = w - rate * g, b + 0.5 * a
    a = 0.9 * a
    return w - 0.5 * a - 0.01 * s * b, {"a": a, "s": s, "b": b}


OWN = [
    (Reused, reused),
    (Heavy, heavy),
    (Lion, lion),
    (AdaMax, adamax),
    (Adadelta, adadelta),
    (Damped, damped),
]
IDS = [cls.__name__ for cls, _ in OWN]


@pytest.mark.parametrize(("cls", "textbook"), OWN, ids=IDS)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_lines_are_what_they_say(cls, textbook, decay):
    rng = np.random.default_rng(0)
    w = tg.tensor(rng.normal(size=(3, 2)), requires_grad=True, name="w")
    exact, state = w.numpy(), {}
    optimizer = cls([w], learning_rate=0.05, weight_decay=decay)
    for t in range(1, 131):
        g = rng.normal(size=(3, 2))
        w.grad = g
        optimizer.step()
        exact, state = textbook(exact * (1 - 0.05 * decay), g, 0.05, t, **state)
    np.testing.assert_allclose(w.data, exact, rtol=1e-11, atol=1e-12)
    for name, moment in state.items():
        np.testing.assert_allclose(optimizer.state[0][name], moment.ravel(), rtol=1e-11)


def trained(make, run):
    """200 steps of a small network: the losses, the parameters, the optimizer's state, and the
    function that made the steps."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    model = nn.MLP(3, 8, 2, seed=1, activation="tanh", dtype=float)
    optimizer = make(model.parameters())

    @run
    def step(x, t):
        optimizer.zero_grad()
        loss = tg.mse(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    losses = [step(x, t).item() for _ in range(200)]
    return losses, [p.numpy() for p in model.parameters()], optimizer.state_dict(), step


@pytest.mark.parametrize("cls", [cls for cls, _ in OWN], ids=IDS)
def test_an_optimizer_of_ones_own_compiled_is_the_plain_one_to_the_bit(cls):
    make = lambda ps: cls(ps, learning_rate=lambda k: 0.05 / (1 + k), weight_decay=0.01)
    plain, compiled = trained(make, lambda f: f), trained(make, tg.jit)
    assert plain[0] == compiled[0]
    for a, b in zip(plain[1], compiled[1], strict=True):
        np.testing.assert_array_equal(a, b)
    assert plain[2].keys() == compiled[2].keys()
    for key, value in plain[2].items():
        np.testing.assert_array_equal(value, compiled[2][key])
    step = compiled[3]
    assert (step.traces, step.runs) == (2, 198)  # one more trace for gradients that are there
    assert f"# {cls.lines[-1].partition(': ')[2] or cls.lines[-1]}" in step.source
    assert ".step()" not in step.program


def test_fit_compiles_an_optimizer_of_ones_own():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
    weights = []
    for eager in (True, False):
        model = nn.MLP(3, 4, 1, seed=0, dtype=float)
        model.compile(Lion(learning_rate=0.01, beta_1=0.5), "mse", run_eagerly=eager)
        model.fit(x, y, epochs=3, batch_size=8, verbose=0, shuffle=False)
        weights.append([p.numpy() for p in model.parameters()])
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert "lion.beta_1" in model.program() and "lion.step()" not in model.program()


def test_a_plain_update_is_called():
    class Own(optim.Optimizer):
        calls = 0

        def update(self, w, g, rate):
            self.calls += 1
            w -= rate * g

    w = tg.tensor([1.0, 2.0], requires_grad=True)
    optimizer = Own([w], learning_rate=0.5)
    w.grad = np.ones(2)
    optimizer.step()
    assert w.data.tolist() == [0.5, 1.5] and optimizer.calls == 1
    step = tg.jit(lambda: (optimizer.zero_grad(), w.sum().backward(), optimizer.step()))
    with pytest.raises(tg.TraceError, match="write its update as lines"):
        step()
    model = nn.MLP(2, 1, seed=0, dtype=float)
    model.compile(Own(learning_rate=0.1), "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, batch_size=2, verbose=0)
    assert model.plan.optimizer.calls == 6


CHANGES = {
    "a number": lambda o: setattr(o, "beta_1", 0.2),
    "a switch": lambda o: setattr(o, "weight_decay", 0.5),
    "a method": lambda o: setattr(o, "update", lambda w, g, rate, **state: w.__imul__(0.5)),
    "lines": lambda o: setattr(type(o), "lines", ("w = w - 2 * rate * g",)),
    "a method of the class": lambda o: setattr(
        type(o), "update", lambda self, w, g, rate, **state: w.__imul__(0.5)
    ),
    "the class": lambda o: setattr(o, "__class__", Heavy),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("own", [True, False])
def test_what_changes_on_the_way_counts_in_compiled_steps_too(change, own):
    sides = []
    for run in (lambda f: f, tg.jit):
        cls = type("Twin", (Lion,), {}) if own else optim.Adam
        if not own and change in (CHANGES["lines"], CHANGES["a method of the class"]):
            pytest.skip("the library's own classes stay as they are")
        if not own and change is CHANGES["the class"]:
            pytest.skip("Adam has other moments")
        w = tg.tensor([1.0, -2.0], requires_grad=True, name="w")
        optimizer = cls([w], learning_rate=0.1)

        def step(w=w, optimizer=optimizer):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

        step, seen = run(step), []
        for k in range(6):
            if k == 3:
                change(optimizer)
            try:
                step()
            except tg.TraceError:  # refused aloud: the plain step is what is left
                step = step.f
                step()
            seen.append(w.numpy())
        sides.append(np.array(seen))
    np.testing.assert_array_equal(*sides)


def test_momentum_switched_on_later_begins_then():
    """It was 0 when the optimizer was made, so nothing was kept for it."""
    w = tg.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], learning_rate=0.1)
    step = tg.jit(lambda: (optimizer.zero_grad(), w.sum().backward(), optimizer.step()) and None)
    for _ in range(2):
        step()
    optimizer.momentum = 0.5
    for _ in range(3):
        step()
    np.testing.assert_allclose(w.data, 1 - 0.1 * (2 + 1 + 1.5 + 1.75))
    assert set(optimizer.state[0]) == {"v", "change"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["w = w - q"], "reads 'q', which is none of w, g, rate, t"),
        (["g = w", "w = w - g"], "assigns to g, which has a meaning"),
        (["w = where(w)"], "calls where; a line may call sqrt"),
        (["w = np.sqrt(w)"], "calls np.sqrt"),
        (["w = sqrt(w, g)"], "sqrt takes 1, not 2"),
        (["m = 1"], "no line assigns to w"),
        (["if q: w = g"], "after if stand settings, and 'q' is none"),
        (["if decay > 1: w = g"], "settings joined by not, and, or"),
        (["w = w if decay else g"], "has 'w if decay else g'"),
        (["w = w[0]"], r"has 'w\[0\]'"),
        (["w = 'text'"], "has \"'text'\""),
        (["w += g"], "is no assignment to a name"),
        (["w = v = g"], "is no assignment to a name"),
        (["w = "], "cannot be read"),
        (["change = g", "w = w - change"], "assigns to change"),
        (["decay = g", "w = w - decay"], "assigns to decay"),
        (["w = __import__('os')"], "calls __import__"),
    ],
)
def test_what_no_line_can_be_is_an_error_where_it_stands(lines, message):
    with pytest.raises(ValueError, match=message):
        read(lines, ["decay"], "Own")
    with pytest.raises(ValueError, match="Own: "):
        type(
            "Own",
            (optim.Optimizer,),
            {"lines": tuple(lines), "settings": ("decay", "weight_decay")},
        )


def test_moments_are_what_is_read_before_it_is_assigned_to():
    rule = read(["d = g - m", "m = m + d", "v = abs(v) + d", "w = w - d / v"], [], "Own")
    assert moments(rule.lines) == ("m", "v")


def test_the_passes_of_adam():
    """Whole buffers, each pass in place: what one would write by hand."""
    text = optim.Adam().rule().text(lambda name: name, comments=False)
    assert text == [
        "m *= beta_1",
        "m += g",
        "v *= beta_2",
        "np.multiply(g, g, out=change)",
        "v += change",
        "np.sqrt(v, out=change)",
        "np.add(change, epsilon / (1 - beta_2) ** 0.5, out=change)",
        "np.divide(m, change, out=change)",
        "change *= rate * (1 - beta_2 ** t) ** 0.5 * (1 - beta_1) / (1 - beta_1 ** t) / "
        "(1 - beta_2) ** 0.5",
        "w -= change",
        "if t % FLUSH_EVERY == 0:",
        "    flush(m, change)",
        "    flush(v, change)",
    ]


def test_a_traceback_shows_the_line():
    import traceback

    w = tg.tensor([1.0], requires_grad=True)
    optimizer = Heavy([w], learning_rate=0.1)
    w.grad = np.ones(1)
    optimizer.state[0]["m"] = np.ones(3)
    try:
        optimizer.step()
    except ValueError as error:
        assert "m += g" in "".join(traceback.format_exception(error))
    else:
        raise AssertionError("arrays of two sizes were added")


def test_settings_with_defaults_are_keywords():
    optimizer = Lion(learning_rate=0.1, beta_2=0.5)
    assert (optimizer.beta_1, optimizer.beta_2) == (0.9, 0.5)
    assert Lion(lr=0.3).learning_rate == 0.3
    with pytest.raises(TypeError, match="no keyword 'beta_3'"):
        Lion(beta_3=1.0)
    w = tg.tensor([1.0], requires_grad=True)
    bound = Lion([w], beta_2=0.5)
    with pytest.raises(ValueError, match=r"Lion with beta_2=0.5, this one has 0.99"):
        Lion([w]).load_state_dict(bound.state_dict())
