"""Programs as people write them who come from PyTorch: from memory of its tutorials, with their
figures checked."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

F4, F8 = np.float32, np.float64


def xor():
    return tg.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=F4), tg.tensor(
        [[0], [1], [1], [0]], dtype=F4
    )


def line(n=64):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3)).astype(F4)
    return tg.tensor(x), tg.tensor((x @ np.array([[1.0], [-2.0], [0.5]]) + 0.3).astype(F4))


class Net(nn.Module):
    def __init__(self, hidden=8):
        super().__init__()
        self.fc1 = nn.Dense(hidden, input_size=2, seed=3)
        self.fc2 = nn.Dense(1, input_size=hidden, seed=4)

    def forward(self, x):
        return self.fc2(tg.relu(self.fc1(x)))


# Autograd


def test_the_first_backward():
    x = tg.tensor([2.0, 3.0], requires_grad=True)
    y = (x.pow(2) * 3).sum()
    y.backward()
    assert x.grad.tolist() == [12, 18] and y.item() == 39


def test_gradients_accumulate_until_they_are_zeroed():
    w = tg.tensor(1.0, requires_grad=True)
    for k in range(1, 4):
        (w * 2).backward()
        assert w.grad == 2 * k
    w.grad = None
    (w * 2).backward()
    assert w.grad == 2


def test_the_polynomial_of_the_tutorial():
    """y = a + b x + c x² + d x³ fitted to a sine, by hand."""
    x = tg.tensor(np.linspace(-np.pi, np.pi, 200))
    y = x.sin()
    a, b, c, d = (tg.tensor(v, requires_grad=True) for v in (0.1, 0.2, -0.1, 0.05))
    for _ in range(2000):
        loss = (a + b * x + c * x**2 + d * x**3 - y).pow(2).sum()
        loss.backward()
        with tg.no_grad():
            a -= 1e-6 * a.grad
            b -= 1e-6 * b.grad
            c -= 1e-6 * c.grad
            d -= 1e-6 * d.grad
            a.grad = b.grad = c.grad = d.grad = None
    X = np.stack([x.numpy() ** k for k in range(4)], 1)
    w = np.array([0.1, 0.2, -0.1, 0.05])
    for _ in range(2000):
        w = w - 1e-6 * 2 * X.T @ (X @ w - y.numpy())
    np.testing.assert_allclose([p.item() for p in (a, b, c, d)], w, rtol=1e-9)
    assert loss.item() < 40


def test_the_update_of_the_tutorial_trains_xor():
    X, y = xor()
    net = Net()
    losses = []
    for _ in range(300):
        loss = tg.mse(net(X), y)
        net.zero_grad()
        loss.backward()
        with tg.no_grad():
            for p in net.parameters():
                p -= 0.1 * p.grad
        losses.append(loss.item())
    assert losses[-1] < 0.02 < losses[0]


def test_backward_of_a_vector_wants_its_gradient():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    with pytest.raises(RuntimeError, match="sum.*backward"):
        y.backward()
    y.backward(tg.tensor([1.0, 0.1]))
    np.testing.assert_allclose(x.grad, [2, 0.4])


def test_retain_graph_and_retain_grad():
    x = tg.tensor(3.0, requires_grad=True)
    h = x * x
    h.retain_grad()
    y = h * 2
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad == 24 and h.grad is not None


def test_detach_stops_the_gradient():
    x = tg.tensor(3.0, requires_grad=True)
    (x * x.detach()).backward()
    assert x.grad == 3 and not x.detach().requires_grad


def test_requires_grad_in_place_and_freezing():
    net = Net()
    for p in net.fc1.parameters():
        p.requires_grad_(False)
    X, y = xor()
    tg.mse(net(X), y).backward()
    assert net.fc1.weight.grad is None and net.fc2.weight.grad is not None


def test_second_derivatives():
    g = tg.grad(lambda x: (x**3).sum())
    assert tg.grad(lambda x: g(x).sum())(tg.tensor([2.0])).tolist() == [12]


def test_the_hessian_of_autograd_functional():
    H = tg.hessian(lambda x: x[0] ** 2 * x[1])(tg.tensor([1.0, 2.0]))
    assert H.tolist() == [[4, 2], [2, 0]]


# Tensors


def test_shapes():
    x = tg.tensor(np.arange(24.0))
    assert x.view(2, 3, 4).permute(0, 2, 1).shape == (2, 4, 3)
    assert x.view(4, -1).t().shape == (6, 4)
    assert x.unsqueeze(0).squeeze(0).shape == (24,)
    assert x.view(2, 12).unsqueeze(-1).shape == (2, 12, 1)
    assert tg.cat([x.view(4, 6), x.view(4, 6)], dim=1).shape == (4, 12)
    assert tg.stack([x, x], dim=0).shape == (2, 24) and x.numel() == 24 and x.dim() == 1


def test_reductions_over_dim():
    x = tg.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    assert x.sum(dim=1).tolist() == [3, 12] and x.mean(dim=0, keepdim=True).shape == (1, 3)
    assert x.softmax(dim=-1).sum(dim=-1).tolist() == pytest.approx([1, 1])
    assert x.argmax(dim=1).tolist() == [2, 2] and x.logsumexp(dim=1).shape == (2,)


def test_arithmetic_by_methods():
    a, b = tg.tensor([1.0, 4.0]), tg.tensor([2.0, 2.0])
    assert (
        a.add(b).tolist() == [3, 6] and a.sub(b).tolist() == [-1, 2] and a.mul(b).tolist() == [2, 8]
    )
    assert (
        a.div(b).tolist() == [0.5, 2]
        and a.neg().tolist() == [-1, -4]
        and a.ge(b).tolist() == [False, True]
    )
    assert a.clamp(0, 3).tolist() == [1, 3] and a.clamp(min=2).tolist() == [2, 4]
    assert a.view(1, 2).mm(b.view(2, 1)).tolist() == [[10]] and a.view(1, 2).matmul(b).tolist() == [
        10
    ]


def test_dtypes_by_methods():
    x = tg.tensor([1.7, 2.2])
    assert x.float().dtype == F4 and x.double().dtype == F8 and x.long().tolist() == [1, 2]
    assert x.cpu().contiguous() is x


def test_clone_is_a_copy_on_the_graph():
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    (y * y).sum().backward()
    assert y is not x and x.grad.tolist() == [2, 4]


def test_accuracy_as_everybody_writes_it():
    logits, y = tg.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]]), tg.tensor([0, 1, 1])
    correct = (logits.argmax(dim=1) == y).float().sum().item()
    assert correct == 2 and f"{100 * correct / len(y):.1f}%" == "66.7%"


# Training


def test_the_canonical_loop():
    X, y = line()
    model = nn.Sequential(nn.Dense(1, input_size=3), seed=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for _ in range(200):
        loss = tg.mse(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    W, b = model.parameters()
    np.testing.assert_allclose(W.numpy().ravel(), [1, -2, 0.5], atol=1e-3)
    assert b.item() == pytest.approx(0.3, abs=1e-3) and optimizer.learning_rate == 0.1


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.Adam(p, lr=1e-2),
        lambda p: optim.AdamW(p, lr=1e-2, weight_decay=1e-4),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
        lambda p: optim.RMSprop(p, lr=1e-2),
    ],
)
def test_optimizers(make):
    X, y = xor()
    net = Net(16)
    optimizer = make(net.parameters())
    for _ in range(400):
        optimizer.zero_grad(set_to_none=True)
        loss = tg.mse(net(X), y)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02


def test_mini_batches_of_a_permutation():
    X, y = line(96)
    model, rng = nn.Sequential(nn.Dense(1, input_size=3), seed=0), np.random.default_rng(0)
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(30):
        running_loss = 0.0
        for batch in rng.permutation(96).reshape(-1, 32):
            optimizer.zero_grad()
            loss = tg.mse(model(X[batch]), y[batch])
            loss.backward()
            optimizer.step()
            running_loss += loss.item() * len(batch)
    assert running_loss / 96 < 0.05


def test_a_classifier_with_cross_entropy():
    X, y = tg.datasets.blobs(90, seed=0)
    model = nn.Sequential(nn.Dense(16), nn.Activation("relu"), nn.Dense(3), seed=0)
    model(X[:1])
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        loss = tg.cross_entropy(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with tg.no_grad():
        predicted = model(X).argmax(dim=1)
    assert (predicted == y).float().mean().item() > 0.95


def test_bce_with_logits():
    X, y = xor()
    net = Net(16)
    optimizer = optim.Adam(net.parameters(), lr=0.05)
    for _ in range(200):
        loss = tg.bce_with_logits(net(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert ((net(X).sigmoid() > 0.5).float() == y).all()


def test_saving_and_loading_a_state_dict():
    net, twin = Net(), Net()
    with tg.no_grad():
        net.fc1.weight += 1
    twin.load_state_dict(net.state_dict())
    X, _ = xor()
    np.testing.assert_array_equal(net(X).numpy(), twin(X).numpy())
    assert list(net.state_dict()) == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]


def test_a_list_of_layers_has_its_parameters():
    class Deep(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(4, input_size=4, seed=k) for k in range(3)]

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).tanh()
            return x

    assert sum(p.numel() for p in Deep().parameters() if p.requires_grad) == 60


def test_weights_set_by_hand():
    net = Net()
    with tg.no_grad():
        net.fc1.weight[:] = 1.0
        net.fc1.bias.data = np.zeros(8)
        net.fc2.weight *= 0
        net.fc2.bias += 2
    assert net(tg.tensor([[1.0, 2.0]])).tolist() == [[2.0]]


def test_dropout_by_hand():
    class Drop(nn.Module):
        def __init__(self):
            self.drop = nn.Dropout(0.5, seed=0)

        def forward(self, x):
            return self.drop(x)

    net, x = Drop(), np.ones((1, 100))
    with tg.learning():
        assert 20 < (net(x).numpy() == 0).sum() < 80
    assert (net(x).numpy() == 1).all()


def test_a_schedule_by_hand():
    w = tg.tensor(1.0, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (w * 1).backward()
        optimizer.step()
        optimizer.learning_rate *= 0.5
    assert w.item() == pytest.approx(1 - 0.1 - 0.05 - 0.025)


def test_gradients_are_clipped():
    w = tg.tensor([3.0, 4.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0, global_clipnorm=1.0)
    (w * w).sum().backward()
    optimizer.step()
    np.testing.assert_allclose(w.numpy(), [3 - 0.6, 4 - 0.8])


def test_a_target_network():
    fast, slow = Net(), Net()
    slow.load_state_dict({k: np.zeros_like(v) for k, v in fast.state_dict().items()})
    slow.trainable = False
    with tg.no_grad():
        for p, q in zip(slow.parameters(), fast.parameters(), strict=True):
            p *= 0.9
            p += 0.1 * q
    np.testing.assert_allclose(slow.fc1.weight.numpy(), 0.1 * fast.fc1.weight.numpy(), rtol=1e-6)


def test_a_batch_norm_of_ones_own():
    class Norm(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean = tg.tensor(np.zeros(3, F4))

        def forward(self, x, training=False):
            if training:
                mean = x.mean(dim=0)
                with tg.no_grad():
                    self.mean *= 0.9
                    self.mean += 0.1 * mean
                return x - mean
            return x - self.mean

    X, _ = line()
    norm = Norm()
    with tg.learning():
        for _ in range(100):
            y = norm(X)
    np.testing.assert_allclose(y.numpy().mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(norm.state_dict()["mean"], X.numpy().mean(axis=0), rtol=1e-3)


def test_an_own_loss_in_pytorchs_order():
    def pinball(input, target):
        d = target - input
        return tg.maximum(0.9 * d, -0.1 * d).mean()

    model = nn.Sequential(nn.Dense(1, input_size=1), seed=0)
    model.compile(optim.Adam(lr=0.05), pinball)
    y = np.random.default_rng(0).normal(size=(500, 1)).astype(F4)
    model.fit(np.zeros((500, 1), F4), y, epochs=20, verbose=0, seed=0)
    assert model.layers[0].bias.item() == pytest.approx(np.quantile(y, 0.9), abs=0.15)
