"""Who owns a parameter; and what is frozen, thawed, dropped or new keeps or gets the moments that
are its own."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from tinygrad_edu import nn, optim

from .test_rules import adam, parameters, weight

# Who owns what


def test_binding_the_same_again_keeps_the_state():
    ps = parameters()
    optimizer = optim.Adam(ps)
    for p in ps:
        p.grad = np.ones(p.shape)
    optimizer.step()
    kept = optimizer.state[0]["m"]
    optimizer.bind(ps)
    assert optimizer.iterations == 1
    assert optimizer.state[0]["m"] is kept
    assert kept.any()
    optimizer.bind(ps[:2])
    assert optimizer.iterations == 1
    assert optimizer.state[0]["m"].tolist() == kept[:8].tolist()
    assert ps[2].attached.buffer is None and ps[2].grad.tolist() == 1.0


def test_another_optimizer_takes_over_and_the_first_says_so():
    ps = parameters()
    first = optim.SGD(ps, learning_rate=1.0)
    for p in ps:
        p.grad = np.ones(p.shape)
    before = [p.numpy() for p in ps]
    second = optim.SGD(ps[:1], learning_rate=1.0)
    with pytest.raises(RuntimeError, match="'p0'.*belongs to another optimizer"):
        first.step()
    assert all((p.data == b).all() for p, b in zip(ps, before, strict=True))
    second.step()
    assert (ps[0].data == before[0] - 1).all()
    first.bind(ps)
    first.step()
    assert (ps[0].data == before[0] - 2).all()
    assert (ps[1].data == before[1] - 1).all()
    with pytest.raises(RuntimeError, match="another optimizer"):
        second.step()


def test_an_optimizer_trains_one_model():
    """As in Keras: the counts and moments of another model are none of this one's."""
    first, second = weight(1.0), weight(1.0, name="v")
    optimizer = optim.Adam()
    optimizer.bind([first])
    optimizer.bind([second])  # nothing has been learnt yet
    second.grad = np.ones(1)
    optimizer.step()
    with pytest.raises(
        ValueError, match=r"1 steps on other parameters \('v' f64\[1\], \.\.\.\); write a new Adam"
    ):
        optimizer.bind([first])
    assert optimizer.owned == [second]


# Frozen and thawed


@pytest.mark.parametrize(
    "make", [optim.Adam, lambda p: optim.SGD(p, learning_rate=1.0, momentum=0.9)]
)
@pytest.mark.parametrize("forget", [True, False])
def test_a_parameter_frozen_on_the_way_stays_and_can_thaw(make, forget):
    w, v = weight(1.0), weight(1.0, name="v")
    optimizer = make([w, v])
    (w * v).sum().backward()
    optimizer.step()
    frozen, before = v.numpy(), w.numpy()
    v.requires_grad = False
    for _ in range(3):
        if forget:
            optimizer.zero_grad()
        else:
            w.grad = None  # v keeps its last gradient
        (w * v).sum().backward()
        optimizer.step()
    assert v.data.tobytes() == frozen.tobytes()
    assert w.data < before
    v.requires_grad = True
    optimizer.zero_grad()
    (w * v).sum().backward()
    optimizer.step()
    assert v.data != frozen


KINDS = {
    "adam": lambda p: optim.Adam(p, learning_rate=0.1),
    "sgd": lambda p: optim.SGD(p, learning_rate=0.1),
    "momentum": lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9),
    "rmsprop": lambda p: optim.RMSprop(p, learning_rate=0.1, momentum=0.5),
    "decay": lambda p: optim.AdamW(p, learning_rate=0.1, weight_decay=0.3),
}
GRADIENTS = np.random.default_rng(0).normal(size=(12, 2))


@pytest.mark.parametrize(
    "frozen", [slice(3, 7), slice(0, 5), slice(5, 12)], ids=["within", "at first", "to the end"]
)
@pytest.mark.parametrize("bind", [True, False], ids=["bound anew", "on the way"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_rests_goes_on_as_if_there_had_been_no_time_between(kind, frozen, bind):
    """As in PyTorch: each of two parameters is where an optimizer of its own would have brought
    it."""
    w, v = weight(1.0), weight(-2.0, name="v")
    v.requires_grad = frozen.start > 0
    optimizer = KINDS[kind]([w, v])
    alone = [weight(1.0), weight(-2.0)]
    own = [KINDS[kind]([p]) for p in alone]
    for t, row in enumerate(GRADIENTS):
        resting = t in range(12)[frozen]
        if v.requires_grad == resting:
            v.requires_grad = not resting
            if bind:
                optimizer.bind([w, v])
        for k, p in enumerate((w, v)):
            p.grad = None
            if p.requires_grad:
                p.grad, alone[k].grad = row[k : k + 1].copy(), row[k : k + 1].copy()
                own[k].step()
        optimizer.step()
        assert (w.data, v.data) == (alone[0].data, alone[1].data)
    assert optimizer.iterations == 12


def test_freezing_a_layer_between_two_fits_keeps_the_optimizer():
    x, y = (
        np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32),
        np.ones((8, 1), np.float32),
    )
    found = []
    for jit in (True, False):
        model = nn.Sequential(
            [nn.Dense(4, "tanh", input_size=3), nn.Dense(1, input_size=4)], seed=0
        )
        model.compile(optim.Adam(learning_rate=0.1), "mse")
        model.fit(x, y, epochs=3, verbose=0, jit=jit)
        optimizer, (W, b) = model.plan.optimizer, model.layers[0].parameters()
        before, moments = W.numpy(), {id(past.tensor): past for past in optimizer.pasts()}
        W.requires_grad = b.requires_grad = False
        model.fit(x, y, epochs=2, verbose=0, jit=jit)
        assert optimizer.iterations == 5 and W.numpy().tolist() == before.tolist()
        [rest] = [past for past in optimizer.pasts() if past.tensor is W]
        assert (
            rest.steps == 3 and rest.moments["m"].tolist() == moments[id(W)].moments["m"].tolist()
        )
        W.requires_grad = b.requires_grad = True
        model.fit(x, y, epochs=2, verbose=0, jit=jit)
        assert W.numpy().tolist() != before.tolist()
        found.append([p.numpy().tolist() for p in model.parameters()])
    assert found[0] == found[1]


@pytest.mark.parametrize("jit", [True, False])
def test_a_parameter_that_is_thawed_for_the_first_time_begins_as_one_of_its_own(jit):
    """Adam's correction counts its own steps: with those of the others its first steps would be six
    times too long."""
    x, y = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)
    model = nn.Sequential([nn.Dense(1, use_bias=False, input_size=1) for _ in range(2)], seed=0)
    model.compile(optim.Adam(learning_rate=1e-4), "mse")
    model.layers[0].weight.requires_grad = False
    model.fit(x, y, epochs=200, verbose=0, jit=jit)
    model.layers[0].weight.requires_grad = True
    before = model.layers[0].weight.numpy()
    model.fit(x, y, epochs=5, verbose=0, jit=jit)
    assert np.abs(model.layers[0].weight.numpy() - before) == pytest.approx(5e-4, rel=0.02)


def test_a_copy_keeps_what_rests():
    w, v = weight(1.0), weight(2.0, name="v")
    optimizer = optim.Adam([w, v])
    w.grad, v.grad = np.ones(1), np.ones(1)
    optimizer.step()
    v.requires_grad = False
    w.grad = np.ones(1)
    optimizer.step()
    twin = copy.deepcopy(optimizer)
    sides = []
    for o in (optimizer, twin):
        a, b = o.owned
        b.requires_grad = True
        a.grad, b.grad = np.ones(1), np.ones(1)
        o.step()
        sides.append(
            (a.data.tolist(), b.data.tolist(), {k: x.tolist() for k, x in o.state_dict().items()})
        )
    assert sides[0] == sides[1] and sides[0][2]["steps"] == [3, 2]


def test_the_textbook_agrees_with_the_rest():
    """The parameter that rested, against the recurrence itself."""
    w, v = weight(1.0), weight(-2.0, name="v")
    optimizer = optim.Adam([w, v])
    for t in range(40):
        v.requires_grad = not 10 <= t < 30
        for p in (w, v):
            p.grad = np.full(1, 0.5 + t) if p.requires_grad else None
        optimizer.step()
    made = [np.full(1, 0.5 + t) for t in range(40) if not 10 <= t < 30]
    np.testing.assert_allclose(v.data, adam(np.array([-2.0]), made), rtol=1e-12)
