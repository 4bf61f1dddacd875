"""An optimizer's state says whose it is: parameters by name and shape, settings, the learning rate;
and it can be loaded before `fit`."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim, schedules, weights
from tinygrad_edu.callbacks import LearningRateScheduler

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = (X[:, :1] - X[:, 1:2]).astype(np.float32)


def model(optimizer, sizes=(4,), seed=0):
    made = nn.Sequential([*(nn.Dense(n, "tanh") for n in sizes), nn.Dense(1)], seed=seed)
    made.compile(optimizer, "mse", ["mae"])
    return made


def fit(m, jit=False, **options):
    return m.fit(X, Y, batch_size=16, verbose=0, jit=jit, **options)


def bits(m):
    return [p.numpy().tobytes() for p in m.parameters()]


@pytest.mark.parametrize(
    "make",
    [
        lambda: optim.Adam(learning_rate=0.05),
        lambda: optim.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        lambda: optim.SGD(learning_rate=0.05),
        lambda: optim.RMSprop(momentum=0.5, clipnorm=0.1),
        lambda: optim.AdamW(learning_rate=schedules.CosineDecay(0.1, 12)),
    ],
)
@pytest.mark.parametrize("jit", [True, False])
def test_fit_goes_on_from_a_file_as_if_it_had_never_stopped(make, jit, tmp_path):
    """Loaded before `fit` knows the parameters; the order of the data goes on as well."""
    whole = model(make())
    history = fit(whole, epochs=4, jit=jit).history
    first = model(make())
    fit(first, epochs=2, jit=jit)
    first.save_weights(tmp_path / "model.npz")
    first.plan.optimizer.save(tmp_path / "optimizer.npz")

    second = model(make(), seed=0)
    second.plan.optimizer.load(tmp_path / "optimizer.npz")
    second.build((None, 3))
    second.load_weights(tmp_path / "model.npz")
    rest = fit(second, initial_epoch=2, epochs=4, jit=jit)
    assert bits(second) == bits(whole) and rest.epoch == [2, 3]
    assert {name: values[2:] for name, values in history.items()} == rest.history


def test_the_learning_rate_comes_back(tmp_path):
    first = model("adam")
    fit(first, epochs=3, callbacks=LearningRateScheduler(lambda epoch: 10.0 ** -(epoch + 2)))
    first.plan.optimizer.save(tmp_path / "o.npz")
    for ready in (False, True):
        second = model("adam")
        if ready:
            fit(second)
        second.plan.optimizer.load(tmp_path / "o.npz")
        assert second.plan.optimizer.learning_rate == 1e-4 and second.plan.optimizer.iterations == 9


@pytest.mark.parametrize(
    "other, word",
    [
        (
            lambda: model("adam", (3, 2)),
            r"another model: 'dense.weight' f32\[3,3\] here, 'dense.weight' f32\[3,4\] there",
        ),
        (lambda: model("adam", ()), "only there"),
        (lambda: model("adam", (4, 4)), "only here"),
        (lambda: named("adam"), r"'first.weight' f32\[3,4\] here"),
        (lambda: model("sgd"), "is of a Adam, not of this SGD"),
        (
            lambda: model(optim.Adam(beta_1=0.8)),
            r"beta_1=0.9, this one has 0.8; write Adam\(beta_1=0.9\)",
        ),
        (lambda: model(optim.Adam(clipvalue=1.0)), "clipvalue=None, this one has 1.0"),
        (lambda: model(optim.Adam(weight_decay=0.1)), "weight_decay"),
        (
            lambda: model(optim.Adam(learning_rate=schedules.CosineDecay(0.1, 12))),
            "set optimizer.learning_rate after",
        ),
    ],
)
@pytest.mark.parametrize("ready", [True, False])
def test_what_is_anothers_is_refused_and_changes_nothing(other, word, ready, tmp_path):
    first = model("adam")
    fit(first)
    first.plan.optimizer.save(tmp_path / "o.npz")
    second = other()
    optimizer = second.plan.optimizer
    if ready:
        fit(second)
    before = {key: value.tolist() for key, value in optimizer.state_dict().items()}
    with pytest.raises(weights.WeightsError, match=r"o\.npz: .*" + word):
        optimizer.load(tmp_path / "o.npz")
        assert not ready, "only the parameters are not known before"
        fit(second)
    if ready or optimizer.awaited is None:
        assert {key: value.tolist() for key, value in optimizer.state_dict().items()} == before
    assert optimizer.groups == [] or ready


def named(optimizer):
    made = nn.Sequential([nn.Dense(4, "tanh", name="first"), nn.Dense(1)], seed=0)
    made.compile(optimizer, "mse")
    return made


def test_what_is_loaded_and_not_yet_used_can_be_saved_again(tmp_path):
    first = model("adam")
    fit(first)
    state = first.plan.optimizer.state_dict()
    waiting = optim.Adam()
    waiting.load_state_dict(state)
    again = waiting.state_dict()
    assert {k: v.tolist() for k, v in again.items()} == {k: v.tolist() for k, v in state.items()}
    with pytest.raises(RuntimeError, match="no parameters"):
        waiting.step()


def test_what_rests_is_saved_too():
    first = model("adam")
    fit(first)
    for p in first.layers[0].parameters():
        p.requires_grad = False
    fit(first)
    twin = model("adam", seed=3)
    twin.build((None, 3))
    twin.load_state_dict(first.state_dict())
    twin.plan.optimizer.load_state_dict(first.plan.optimizer.state_dict())
    for m in (first, twin):
        for p in m.layers[0].parameters():
            p.requires_grad = True
        fit(m, epochs=2, seed=1)
    assert first.plan.optimizer.state_dict()["steps"].tolist() == [9, 9, 12, 12]
    assert bits(first) == bits(twin)


def test_a_state_loaded_on_the_way_replaces_the_other():
    w = tg.tensor([1.0, 2.0], requires_grad=True, name="w")
    optimizer = optim.Adam([w], learning_rate=0.1)
    states = []
    for _ in range(3):
        states.append((optimizer.state_dict(), w.numpy()))
        w.grad = w.numpy()
        optimizer.step()
    last = w.numpy().tolist()
    for state, value in states[::-1]:
        optimizer.load_state_dict(state)
        w.overwrite(value)
        for _ in range(3 - int(state["iterations"])):
            w.grad = w.numpy()
            optimizer.step()
        assert w.numpy().tolist() == last


# Files


def archive(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, array in members:
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asanyarray(array))
            file.writestr(f"{name}.npy", content.getvalue())


@pytest.fixture
def good(tmp_path):
    first = model("adam")
    fit(first)
    return first.plan.optimizer.state_dict(), tmp_path / "o.npz"


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members_are_not_inflated(good, compression):
    state, path = good
    archive(path, (state | {"0.m": np.zeros(1_000_000)}).items(), compression)
    with pytest.raises(weights.WeightsError, match="compressed members"):
        optim.Adam().load(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_there_twice_is_refused(good):
    state, path = good
    archive(path, [*state.items(), ("0.m", state["0.m"] + 1)])
    with pytest.raises(weights.WeightsError, match="twice"):
        optim.Adam().load(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda b: b[:-40],
        lambda b: b[:100],
        lambda b: b"",
        lambda b: b[:300] + b"!" + b[301:],
        lambda b: b.replace(b"'shape': (3, 4)", b"'shape': (9, 9)"),
    ],
)
def test_a_damaged_file_changes_nothing(good, spoil):
    state, path = good
    archive(path, state.items())
    path.write_bytes(spoil(path.read_bytes()))
    optimizer = optim.Adam()
    with pytest.raises(weights.WeightsError, match=r"o\.npz"):
        optimizer.load(path)
    assert optimizer.awaited is None and optimizer.iterations == 0


def test_no_code_in_a_file_can_run(good):
    state, path = good
    archive(path, (state | {"optimizer": np.array([print], object)}).items())
    with pytest.raises(weights.WeightsError, match="Python objects"):
        optim.Adam().load(path)


def test_a_file_of_weights_is_no_state(tmp_path):
    first = model("adam")
    fit(first)
    first.save_weights(tmp_path / "w.npz")
    with pytest.raises(weights.WeightsError, match="lacks iterations, learning_rate, optimizer"):
        first.plan.optimizer.load(tmp_path / "w.npz")
