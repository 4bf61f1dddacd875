"""What a user of jit may rely on: what is traced anew, what is seen, what is refused and with which cure."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

SCALE = 2.0


def leaf(*values, name=None):
    return tg.tensor(np.array(values), requires_grad=True, name=name)


# What is traced anew


def test_one_trace_a_shape_a_dtype_and_a_structure():
    @tg.jit
    def f(x):
        return (x["a"] * 2 if isinstance(x, dict) else x * 2).sum()
    for _ in range(3):
        assert f(np.ones(3)).item() == 6
    assert f.traces == 1
    assert f(np.ones(4)).item() == 8 and f.traces == 2
    assert f(np.ones(3, np.float32)).dtype == np.float32 and f.traces == 3
    assert f({"a": np.ones(3)}).item() == 6 and f.traces == 4
    assert f(np.ones(3)).item() == 6 and f.traces == 4


def test_plain_values_are_frozen_and_traced_anew():
    @tg.jit
    def f(x, n, double=False):
        for _ in range(n):
            x = x * (2 if double else 3)
        return x
    assert f(np.ones(1), 2).item() == 9
    assert f(np.ones(1), 3).item() == 27
    assert f(np.ones(1), 2, double=True).item() == 4
    assert f.traces == 3
    assert f(np.ones(1), 3).item() == 27 and f.traces == 3


def test_numpy_scalars_are_inputs():
    f = tg.jit(lambda x, rate: x * rate)
    for rate in (0.5, 2.0, 3.0):
        assert f(np.ones(2), np.float64(rate)).numpy().tolist() == [rate, rate]
    assert f.traces == 1


def test_what_the_function_finds_around_itself_is_watched():
    global SCALE
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        return (x * w * SCALE).sum()
    x = np.ones(2)
    assert [f(x).item() for _ in range(3)] == [6, 6, 6]
    w = leaf(10.0, 20.0)                                     # another tensor under the same name
    assert f(x).item() == 60
    SCALE = 3.0
    assert f(x).item() == 90
    SCALE = 2.0
    assert f(x).item() == 60


def test_attributes_of_modules_are_watched():
    model = nn.MLP(2, 3, 1, seed=0, dtype=float)
    f = tg.jit(lambda x: model(x))
    x = np.ones((4, 2))
    f(x), f(x)
    model.layers[0].activation = tg.tanh
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers[1].weight = leaf([5.0], [5.0], [5.0])
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers.append(nn.Activation("sigmoid"))
    np.testing.assert_array_equal(f(x).numpy(), model(x).numpy())
    model.layers[0].weight.requires_grad = False
    y = f(x)
    y.sum().backward()
    assert model.layers[0].weight.grad is None and model.layers[1].weight.grad is not None


# What is seen


def test_a_captured_tensor_that_changed_is_seen():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: (x * w).sum())
    x = np.ones(2)
    assert [f(x).item(), f(x).item()] == [3, 3]
    w.data[0] = 5                                            # behind the graph's back
    assert f(x).item() == 7
    w.data = [1.0, 1.0]
    assert f(x).item() == 2
    with tg.no_grad():
        w[1] = 7
    assert f(x).item() == 8


def test_a_captured_array_that_changed_is_seen():
    data = np.array([1.0, 2.0])
    f = tg.jit(lambda x: (x * data).sum())
    x = tg.tensor([1.0, 1.0])
    assert [f(x).item() for _ in range(3)] == [3, 3, 3]
    data[0] = 10
    assert f(x).item() == 12


def test_parameters_that_an_optimizer_lays_out_anew():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: (x * w).sum())
    f(np.ones(2)), f(np.ones(2))
    opt = optim.SGD([w], learning_rate=1.0)
    loss = f(np.ones(2))
    loss.backward()
    opt.step()
    assert f(np.ones(2)).item() == 1


def test_gradients_accumulate_unless_set_to_none():
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        (x * w).sum().backward()
    for k in range(1, 6):
        f(np.ones(2))
        assert w.grad.tolist() == [k, k]
    w.grad = None
    f(np.ones(2))
    assert w.grad.tolist() == [1, 1]


def test_a_gradient_handed_out_does_not_change_later():
    w = leaf(1.0, 2.0)

    @tg.jit
    def f(x):
        w.grad = None
        loss = (x * w).sum()
        loss.backward()
        return loss
    f(np.ones(2)), f(np.ones(2))
    before = w.grad
    f(np.full(2, 5.0))
    assert before.tolist() == [1, 1] and w.grad.tolist() == [5, 5]


def test_results_do_not_share_memory_with_later_ones():
    f = tg.jit(lambda x: tg.exp(x * 2) + 1)
    x = np.ones((64, 64))                                    # large enough for buffers
    f(x)
    a = f(x)
    kept = a.numpy()
    f(x * 3)
    np.testing.assert_array_equal(a.numpy(), kept)


# What a function may do


def test_descent_written_by_hand():
    """w ← w - rate·dL/dw through .data, as one writes it without an optimizer."""
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)

    def step(w, x):
        w.grad = None
        loss = ((x * w - 1) ** 2).sum()
        loss.backward()
        w.data = w.data - 0.1 * w.grad
        return loss
    compiled = tg.jit(lambda x: step(w, x))
    x = np.array([1.0, 3.0])
    for _ in range(5):
        assert compiled(x).item() == step(twin, x).item()
        assert w.data.tolist() == twin.data.tolist()
    assert "w[...] = " in compiled.source


def test_what_reads_a_parameter_after_its_update_sees_the_new_one():
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)

    def step(w, x):
        before = (w * x).sum()
        with tg.no_grad():
            w[...] = w * 2
            w[0] = 7.0
        return before, (w * x).sum()
    compiled = tg.jit(lambda x: step(w, x))
    for _ in range(4):
        got, expected = compiled(np.ones(2)), step(twin, np.ones(2))
        assert [v.item() for v in got] == [v.item() for v in expected]


@pytest.mark.parametrize("make", [
    lambda p: optim.SGD(p, learning_rate=0.1), lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9),
    lambda p: optim.SGD(p, learning_rate=0.1, momentum=0.9, nesterov=True), lambda p: optim.Adam(p),
    lambda p: optim.Adam(p, learning_rate=lambda k: 0.1 / (k + 1))])
def test_whole_training_steps(make):
    """200 steps, over many flushes: parameters, moments and losses to the bit."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 3)), rng.normal(size=(8, 2))
    sides = []
    for wrapped in (lambda f: f, tg.jit):
        model = nn.MLP(3, 16, 2, seed=1, activation="tanh", dtype=float)
        opt = make(model.parameters())

        def step(x, t, model=model, opt=opt):
            opt.zero_grad()
            loss = tg.mse(model(x), t)
            loss.backward()
            opt.step()
            return loss
        run = wrapped(step)
        losses = [run(x, t).item() for _ in range(200)]
        sides.append((losses, [p.numpy() for p in model.parameters()], opt.state_dict(),
                      [p.grad for p in model.parameters()]))
    (a, b) = sides
    assert a[0] == b[0]
    for x, y in zip(a[1] + a[3], b[1] + b[3], strict=True):
        np.testing.assert_array_equal(x, y)
    assert a[2].keys() == b[2].keys() and all(np.array_equal(a[2][k], b[2][k]) for k in a[2])


def test_options_of_an_optimizer_are_seen():
    w = leaf(1.0)
    opt = optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        w.sum().backward()
        opt.step()
    step(), step()
    assert w.data.tolist() == [0]
    opt.learning_rate = 2.0
    step()
    assert w.data.tolist() == [-2]
    w.requires_grad = False
    with pytest.raises(RuntimeError, match="requires a gradient"):
        step()
    assert w.data.tolist() == [-2]


def test_a_frozen_parameter_stays():
    w, b = leaf(1.0), leaf(1.0)
    opt = optim.SGD([w, b], learning_rate=0.5, momentum=0.9)

    @tg.jit
    def step():
        opt.zero_grad()
        (w * b).sum().backward()
        opt.step()
    step(), step()
    b.requires_grad = False
    before = b.numpy()
    step(), step()
    assert b.numpy() == before and w.numpy() != 1


def test_no_grad_inside_and_outside():
    w = leaf(2.0)

    @tg.jit
    def f(x):
        with tg.no_grad():
            c = w * 3
        return (c * w * x).sum()
    x = np.ones(1)
    for _ in range(3):
        w.grad = None
        f(x).backward()
        assert w.grad.tolist() == [6]
    with tg.no_grad():
        assert not f(x).requires_grad
        assert not f(x).requires_grad
    assert f(x).requires_grad


def test_several_results_in_a_structure():
    w = leaf(1.0, 2.0)
    f = tg.jit(lambda x: {"y": x * w, "both": [(w * w).sum(), None], "word": "kept"})
    for _ in range(3):
        out = f(np.array([3.0, 4.0]))
        assert out["y"].numpy().tolist() == [3, 8] and out["both"][1] is None and out["word"] == "kept"
        w.grad = None
        (out["y"].sum() + 10 * out["both"][0]).backward()
        assert w.grad.tolist() == [23, 44]


def test_a_graph_goes_on_before_and_after():
    a = leaf(2.0, 3.0)
    f = tg.jit(lambda x: tg.tanh(x) * x)
    for _ in range(3):
        grads = []
        for g in (f, f.f):
            a.grad = None
            (g(a * a) ** 2).sum().backward()
            grads.append(a.grad)
        assert grads[0].tolist() == grads[1].tolist()


def test_derivatives_of_a_jitted_function_to_any_order():
    f = tg.jit(lambda x: (tg.tanh(x) * x).sum())
    x = np.array([0.3, -0.7])
    f(x), f(x)
    for derive in (tg.grad, tg.hessian, lambda g: tg.grad(lambda x: tg.grad(g)(x).sum()),
                   lambda g: tg.grad(lambda x: tg.hessian(g)(x).sum())):
        np.testing.assert_allclose(derive(f)(x).numpy(), derive(f.f)(x).numpy(), rtol=1e-12)


def test_a_jitted_derivative():
    def f(x, p):
        return (tg.sin(x * p["a"]) ** 2).sum() + p["b"] ** 3
    x, p = np.array([0.3, -0.7]), {"a": np.array([1.0, 2.0]), "b": np.array(2.0)}
    plain, compiled = tg.value_and_grad(f, 1), tg.jit(tg.value_and_grad(f, 1))
    second = tg.jit(tg.hessian(lambda x: f(x, p)))
    for _ in range(3):
        (v, g), (w, h) = plain(x, p), compiled(x, p)
        assert v.item() == w.item() and all(np.array_equal(g[k].numpy(), h[k].numpy()) for k in p)
        np.testing.assert_array_equal(second(x).numpy(), tg.hessian(lambda x: f(x, p))(x).numpy())


def test_jitted_inside_jitted_and_as_a_method():
    class Model:
        def __init__(self):
            self.w = leaf(2.0)

        @tg.jit
        def twice(self, x):
            return x * self.w * 2
    m, n = Model(), Model()
    n.w = leaf(5.0)
    outer = tg.jit(lambda x: m.twice(x) + 1)
    for _ in range(3):
        assert m.twice(np.ones(1)).item() == 4 and n.twice(np.ones(1)).item() == 10
        assert outer(np.ones(1)).item() == 5


def test_one_tensor_twice():
    a, b = leaf(2.0), leaf(5.0)
    f = tg.jit(lambda x, y: (x * x * y).sum())
    for _ in range(2):
        for x, y, gx, gy in ((a, a, 12.0, 12.0), (a, b, 20.0, 4.0)):
            a.grad = b.grad = None
            f(x, y).backward()
            assert x.grad.tolist() == [gx] and y.grad.tolist() == [gy]


def test_gradients_of_arguments_set_inside():
    a = leaf(2.0)

    @tg.jit
    def f(x):
        (x * x).sum().backward()
    for _ in range(3):
        a.grad = None
        f(a)
        assert a.grad.tolist() == [4]
    f(a)
    assert a.grad.tolist() == [8]


def test_losses_still_find_the_logits_behind_a_jitted_output_unit():
    z = leaf([1000.0, -1000.0], name="z")
    f = tg.jit(lambda z: tg.softmax(z))
    for _ in range(3):
        z.grad = None
        loss = tg.cross_entropy(f(z), np.array([1]))
        assert loss.item() == 2000
        loss.backward()
        assert z.grad.tolist() == [[1, -1]]


def test_changing_what_backward_needs_is_an_error():
    w = leaf(2.0)
    f = tg.jit(lambda x: (x * w * w).sum())
    f(np.ones(1))
    loss = f(np.ones(1))
    w.data = [3.0]
    with pytest.raises(tg.StaleGraphError, match="changed in place"):
        loss.backward()


def test_each_of_two_live_results_has_its_own_numbers():
    w = leaf(2.0)
    f = tg.jit(lambda x: tg.exp(x * w).sum())
    f(np.ones(1))
    a, b = f(np.array([1.0])), f(np.array([2.0]))
    a.backward()
    first = w.grad.copy()
    w.grad = None
    b.backward()
    np.testing.assert_allclose([first, w.grad], [[np.exp(2.0)], [2 * np.exp(4.0)]])


def test_threads():
    w = leaf(*np.linspace(-1, 1, 5000))
    f = tg.jit(lambda x: (tg.tanh(x * w) ** 2).sum())
    xs = [np.linspace(0, k + 1, 5000) for k in range(4)]
    expected = [f.f(x).item() for x in xs]
    f(xs[0])
    wrong = []

    def many(k):
        for _ in range(50):
            if f(xs[k]).item() != expected[k]:
                wrong.append(k)
    threads = [threading.Thread(target=many, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_an_operation_that_draws_its_own_numbers_draws_at_every_call():
    drop = tg.op("drop_for_test(x, *, rng, keep=0.5)", "x * (rng.random(x.shape) < keep)", x="np.where(y == 0, 0, g)")
    w = leaf(*np.ones(50))
    sides = []
    for wrapped in (lambda f: f, tg.jit):
        rng = np.random.default_rng(3)
        f = wrapped(lambda rng=rng: drop(w, rng=rng).sum())
        values = []
        for _ in range(6):
            w.grad = None
            loss = f()
            loss.backward()
            values += [loss.item(), w.grad.sum()]
        sides.append(values)
    assert sides[0] == sides[1] and len(set(sides[0])) > 3


def test_those_who_want_to_see_every_operation_do():
    f = tg.jit(lambda x: tg.log(x) * 2)
    f(np.ones(1)), f(np.ones(1))
    with tg.record_everything():
        assert f(tg.tensor([1.0])).op.name == "mul"
    with tg.detect_anomaly(), pytest.raises(tg.AnomalyError, match="log"):
        f(tg.tensor([-1.0]))


def test_no_warning_is_lost_and_none_is_new():
    f = tg.jit(lambda x: tg.log(x))
    f(np.ones(3))
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        f(np.zeros(3))
    g = tg.jit(lambda z: tg.cross_entropy(z, np.array([0])))
    g(np.zeros((1, 2))), g(np.zeros((1, 2)))
    with np.errstate(all="raise"):
        assert g(np.array([[-1e30, 1e30]])).item() == 2e30


# What is refused


@pytest.mark.parametrize("f", [
    lambda x: x * 2 if x.sum() > 0 else x, lambda x: x * x.sum().item(), lambda x: x * float(x.sum()),
    lambda x: tg.tensor(x.numpy()) * 2, lambda x: tg.tensor(np.asarray(x) * 2), lambda x: x * int(x.sum())])
def test_numbers_that_leave_are_refused_with_a_cure(f):
    with pytest.raises(tg.TraceError, match=r"frozen.*tg\.where"):
        tg.jit(f)(np.ones(2))


def test_shapes_that_depend_on_numbers_are_refused():
    with pytest.raises(tg.TraceError, match=r"mask.*tg\.where"):
        tg.jit(lambda x: x[x > 0].sum())(np.ones(2))


def test_a_mask_from_outside_is_frozen():
    mask = np.array([True, False, True])
    f = tg.jit(lambda x: x[mask])
    for _ in range(3):
        assert f(np.array([1.0, 2.0, 3.0])).numpy().tolist() == [1, 3]


def test_indices_that_a_tensor_holds_are_inputs():
    f = tg.jit(lambda x, i: x[i].sum())
    x = leaf(1.0, 2.0, 3.0)
    for index in ([0, 0], [1, 2], [2, 2]):
        x.grad = None
        loss = f(x, np.array(index))
        assert loss.item() == x.numpy()[index].sum()
        loss.backward()
        assert x.grad.tolist() == np.bincount(index, minlength=3).tolist()
    assert f.traces == 1


def test_random_arrays_are_refused():
    rng = np.random.default_rng(0)
    f = tg.jit(lambda x: x * rng.random(3))
    f(np.ones(3))
    with pytest.raises(tg.TraceError, match=r"random.*pass it as an argument"):
        f(np.ones(3))


def test_arrays_made_inside_are_constants():
    f = tg.jit(lambda x: (x * np.arange(3.0)).sum())
    assert [f(np.ones(3)).item() for _ in range(4)] == [3] * 4 and f.traces == 2


def test_a_function_that_does_something_else_the_second_time_is_refused():
    calls = []

    def f(x):
        calls.append(1)
        y = x * np.arange(2.0)
        return y * 2 if len(calls) > 1 else y
    g = tg.jit(f)
    g(np.ones(2))
    with pytest.raises(tg.TraceError, match="different things"):
        g(np.ones(2))


def test_arrays_as_results_are_refused():
    with pytest.raises(tg.TraceError, match="returns a NumPy array"):
        tg.jit(lambda x: np.ones(2))(np.ones(2))


def test_probabilities_as_arguments_are_refused():
    p = tg.softmax(tg.tensor([[1.0, 2.0]], requires_grad=True))
    with pytest.raises(tg.TraceError, match="pass the logits"):
        tg.jit(lambda p: tg.cross_entropy(p, np.array([0])))(p)


def test_an_error_in_the_function_passes_through():
    f = tg.jit(lambda x: x @ np.ones((5, 2)))
    with pytest.raises(ValueError):
        f(np.ones((2, 3)))
    assert f(np.ones((2, 5))).shape == (2, 2)


def test_source_before_the_first_call():
    with pytest.raises(RuntimeError, match="call it once"):
        tg.jit(lambda x: x).source  # noqa: B018


# What it looks like


def test_the_source_of_the_lectures_network_is_backpropagation_as_one_writes_it():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    t = np.array([[0.0], [1.0], [1.0], [0.0]])
    W, c = tg.tensor(np.ones((2, 2)), requires_grad=True, name="W"), leaf(0.0, -1.0, name="c")
    w, b = tg.tensor([[1.0], [-2.0]], requires_grad=True, name="w"), leaf(0.0, name="b")

    @tg.jit
    def step(x, t):
        h = tg.relu(x @ W + c)
        loss = tg.mse(h @ w + b, t)
        loss.backward()
        return loss
    step(x, t)
    lines = [line.strip() if line.strip().startswith("#") else line.split("  #")[0].strip()
             for line in step.source.splitlines()]
    assert lines == [
        "def step(x, t, W, c, w, b):",
        "# forward",
        "add = x @ W + c",
        "relu = np.maximum(add, 0)",
        "add_2 = relu @ w + b",
        "difference = add_2 - t",
        "loss = np.mean(difference ** 2)",
        "",
        "# backward",
        "g_add_2 = 0.5 * difference",
        "g_b = np.sum(g_add_2, axis=(0,))",
        "g_relu = g_add_2 @ w.mT",
        "g_w = relu.mT @ g_add_2",
        "g_add = np.where(add > 0, g_relu, 0)",
        "g_c = np.sum(g_add, axis=(0,))",
        "g_W = x.mT @ g_add",
        "return loss, g_b, g_w, g_c, g_W"]
    space = {"np": np}
    exec(step.source, space)
    loss, g_b, g_w, g_c, g_W = space["step"](x, t, W.numpy(), c.numpy(), w.numpy(), b.numpy())
    for p, g in ((W, g_W), (c, g_c), (w, g_w), (b, g_b)):
        np.testing.assert_array_equal(p.grad, g)


def test_one_gradient_for_two_parameters():
    """dL/da and dL/db are one array in the program, and each parameter's place gets it."""
    a, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    opt = optim.SGD([a, b], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        ((a + b) ** 2).sum().backward()
        opt.step()
    twin, other = leaf(1.0, 2.0), leaf(3.0, 4.0)
    eager = optim.SGD([twin, other], learning_rate=0.5)
    for _ in range(3):
        step()
        eager.zero_grad()
        ((twin + other) ** 2).sum().backward()
        eager.step()
        assert a.numpy().tolist() == twin.numpy().tolist() and b.numpy().tolist() == other.numpy().tolist()


def test_a_view_of_what_is_written_sees_it():
    def f(w):
        before = w * 2
        with tg.no_grad():
            w[0] = w[0] + 1
        return before, w * 2
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)
    g = tg.jit(lambda: f(w))
    for _ in range(4):
        assert [v.numpy().tolist() for v in g()] == [v.numpy().tolist() for v in f(twin)]


def test_a_choice_is_written_over_what_it_chooses_from():
    """np.where into the memory of its first branch, which nobody reads any more."""
    mask, x = np.arange(4096) % 3 == 0, np.linspace(-1, 1, 4096)
    f = tg.jit(lambda x, mask: tg.where(mask, x * 2, 0.5) + 1)
    for _ in range(3):
        np.testing.assert_array_equal(f(x, mask).numpy(), np.where(mask, x * 2, 0.5) + 1)
    assert "where=~mask" in f.program


def test_a_view_made_before_a_write_sees_it():
    def f(w):
        view = w[1:]
        before = view * 2
        with tg.no_grad():
            w[1] = w[1] + 10
        return before, view * 2
    w, twin = leaf(1.0, 2.0), leaf(1.0, 2.0)
    g = tg.jit(lambda: f(w))
    for _ in range(4):
        assert [v.numpy().tolist() for v in g()] == [v.numpy().tolist() for v in f(twin)]


def test_a_second_optimizer_takes_over():
    w = leaf(1.0, 2.0)
    optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def f():
        w.grad = None
        (w * w).sum().backward()
    f(), f()
    second = optim.SGD([w], learning_rate=0.5)
    f()
    second.step()
    assert w.numpy().tolist() == [0, 0]


def test_a_compiled_update_makes_old_graphs_stale():
    w = leaf(1.0, 2.0)
    opt = optim.SGD([w], learning_rate=0.5)

    @tg.jit
    def step():
        opt.zero_grad()
        (w * w).sum().backward()
        opt.step()
    step(), step()
    old = (w * w).sum()
    step()
    with pytest.raises(tg.StaleGraphError):
        old.backward()
