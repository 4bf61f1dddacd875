"""More programs of PyTorch, written from the README and from memory of the other
library, as they run once the line is written that the first error named."""

from __future__ import annotations

import numpy as np


def test_a_classifier_with_a_falling_rate():
    import tinygrad_edu as torch
    from tinygrad_edu import nn, optim

    X, y = torch.datasets.blobs(seed=0)
    X, y = torch.tensor(X), torch.tensor(y)

    class Net(nn.Module):
        def __init__(self, hidden=16):
            super().__init__()
            self.fc1 = nn.Dense(hidden, input_size=2, seed=0)
            self.fc2 = nn.Dense(int(y.max()) + 1, input_size=hidden, seed=1)

        def forward(self, x):
            return self.fc2(torch.relu(self.fc1(x)))

    net = Net()
    criterion = torch.cross_entropy
    optimizer = optim.SGD(
        net.parameters(), learning_rate=lambda step: 0.1 * 0.5 ** (step // 20), momentum=0.9
    )
    for epoch in range(60):
        optimizer.zero_grad()
        loss = criterion(net(X), y)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        acc = (net(X).argmax(dim=1) == y).float().mean().item()
    assert acc > 0.9
    assert abs(optimizer.learning_rate(60) - 0.0125) < 1e-12


def test_the_gradient_penalty():
    """WGAN-GP gradient penalty, checked against its analytic value."""
    import tinygrad_edu as torch

    rng = np.random.default_rng(0)
    W1 = torch.tensor(rng.normal(size=(3, 5)), requires_grad=True)
    w2 = torch.tensor(rng.normal(size=(5, 1)), requires_grad=True)

    def critic(x):
        return torch.tanh(x @ W1) @ w2

    x = torch.tensor(rng.normal(size=(8, 3)), requires_grad=True)
    out = critic(x)
    grads = torch.grad(lambda x: critic(x).sum())(x)
    penalty = ((grads.norm(2, dim=1) - 1) ** 2).mean()
    penalty.backward()

    def np_pen(W, w):
        h = np.tanh(x.detach().numpy() @ W)
        G = ((1 - h**2) * w.ravel()) @ W.T
        return ((np.linalg.norm(G, axis=1) - 1) ** 2).mean()

    W0, w0 = W1.detach().numpy(), w2.detach().numpy()
    assert abs(penalty.item() - np_pen(W0, w0)) < 1e-10
    num = np.zeros_like(W0)
    for i in np.ndindex(W0.shape):
        e = np.zeros_like(W0)
        e[i] = 1e-6
        num[i] = (np_pen(W0 + e, w0) - np_pen(W0 - e, w0)) / 2e-6
    assert np.allclose(W1.grad.numpy(), num, atol=1e-6)


def test_attention_by_hand():
    """Causal attention with heads."""
    import math

    import tinygrad_edu.nn.functional as F

    import tinygrad_edu as torch

    rng = np.random.default_rng(1)
    B, T, C, H = 2, 5, 8, 2
    x = torch.tensor(rng.normal(size=(B, T, C)))
    Wqkv = torch.tensor(rng.normal(size=(C, 3 * C)) * 0.3, requires_grad=True)

    def attend(x):
        q, k, v = (x @ Wqkv).split(3, axis=2)
        q = q.view(B, T, H, C // H).transpose(1, 2)
        k = k.view(B, T, H, C // H).transpose(1, 2)
        v = v.view(B, T, H, C // H).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        mask = np.tril(np.ones((T, T)))
        att = torch.where(mask == 0, float("-inf"), att)
        att = F.softmax(att, dim=-1)
        return (att @ v).transpose(1, 2).contiguous().view(B, T, C)

    out = attend(x)
    loss = (out**2).mean()
    loss.backward()

    W = Wqkv.detach().numpy()
    X = x.numpy()
    q, k, v = [a.reshape(B, T, H, -1).transpose(0, 2, 1, 3) for a in np.split(X @ W, 3, axis=2)]
    s = q @ k.transpose(0, 1, 3, 2) / 2.0
    s[..., np.triu_indices(T, 1)[0], np.triu_indices(T, 1)[1]] = -np.inf
    p = np.exp(s - s.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    ref = (p @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
    assert np.allclose(out.detach().numpy(), ref)
    assert torch.isfinite(Wqkv.grad).all()


def test_a_recurrent_network_by_hand():
    """Vanilla RNN by hand, sums of sequences, and its BPTT against NumPy."""
    import tinygrad_edu as torch

    rng = np.random.default_rng(0)
    T, B, H = 6, 4, 3
    Wx = torch.tensor(rng.normal(size=(1, H)), requires_grad=True)
    Wh = torch.tensor(rng.normal(size=(H, H)), requires_grad=True)
    b = torch.tensor(np.zeros(H), requires_grad=True)
    x = torch.tensor(rng.normal(size=(T, B, 1)))
    h = torch.tensor(np.zeros((B, H)))
    hs = []
    for t in range(T):
        h = torch.tanh(x[t] @ Wx + h @ Wh + b)
        hs.append(h)
    out = torch.stack(hs, dim=1)
    assert out.shape == (B, T, H)
    loss = out.pow(2).sum(dim=(1, 2)).mean()
    loss.backward()

    X, wx, wh = x.numpy(), Wx.detach().numpy(), Wh.detach().numpy()
    H_ = [h_.detach().numpy() for h_ in hs]
    gWh, gh = np.zeros_like(wh), np.zeros_like(H_[0])
    for t in reversed(range(T)):
        gh = gh + 2 * H_[t] / B
        ga = gh * (1 - H_[t] ** 2)
        prev = H_[t - 1] if t else np.zeros_like(H_[0])
        gWh += prev.T @ ga
        gh = ga @ wh.T
    assert np.allclose(Wh.grad.numpy(), gWh, rtol=1e-4, atol=1e-5)


def test_an_operation_of_ones_own():
    """An own autograd Function: straight-through sign and exp."""
    import tinygrad_edu as torch

    Exp = torch.op("my_exp", "np.exp(i)", i="g * y")

    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = Exp(x).sum()
    y.backward()
    assert np.allclose(x.grad, np.exp([0, 1, 2]))


def test_an_embedding_tied_to_the_output():
    """Word embedding by indexing, output layer tied to it."""
    import tinygrad_edu.nn.functional as F

    import tinygrad_edu as torch
    from tinygrad_edu import nn

    text = "the cat sat on the mat the dog sat on the rug".split()
    vocab = sorted(set(text))
    ids = torch.tensor([vocab.index(w) for w in text], dtype=np.int64)
    ctx, nxt = ids[:-1], ids[1:]

    class Tied(nn.Module):
        def __init__(self, n, d):
            super().__init__()
            self.E = torch.tensor(
                0.5 * np.random.default_rng(0).normal(size=(n, d)), requires_grad=True
            )
            self.b = torch.tensor(np.zeros(n), requires_grad=True)

        def forward(self, i):
            return self.E[i] @ self.E.T + self.b

    model = Tied(len(vocab), 8)
    opt = torch.optim.Adam(model.parameters(), lr=0.05)
    first = None
    for step in range(300):
        loss = F.cross_entropy(model(ctx), nxt)
        first = first or loss.item()
        opt.zero_grad()
        loss.backward()
        opt.step()
    # the least possible with a symmetric E E^T, by L-BFGS with a gradient by hand: 1.667
    assert 1.667 <= loss.item() < 1.70 < first
    assert sum(p.numel() for p in model.parameters()) == len(vocab) * 9


def test_fine_tuning_of_a_saved_model():
    """Fine-tuning with frozen features, state_dict, torch.save and load."""
    import os
    import tempfile

    import numpy as np

    import tinygrad_edu as torch
    from tinygrad_edu import nn

    def make():
        return nn.Sequential(
            nn.Dense(8, input_size=2), nn.Activation("tanh"), nn.Dense(1, input_size=8), seed=0
        )

    X, y = torch.datasets.moons(seed=0)
    X, y = torch.tensor(X), torch.tensor(y, dtype=torch.float32)
    model = make()
    loss_fn = torch.bce_with_logits
    opt = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(200):
        opt.zero_grad()
        loss_fn(model(X), y).backward()
        opt.step()
    path = os.path.join(tempfile.mkdtemp(), "model.npz")
    model.save_weights(path)
    clone = make()
    clone.load_weights(path)
    assert np.allclose(model(X), clone(X))
    for name, p in clone.named_parameters():
        if name.startswith("dense."):
            p.requires_grad = False
    before = {k: v.clone() for k, v in clone.state_dict().items()}
    opt = torch.optim.SGD([p for p in clone.parameters() if p.requires_grad], lr=0.1)
    for _ in range(50):
        opt.zero_grad()
        loss_fn(clone(X), 1 - y).backward()
        opt.step()
    after = clone.state_dict()
    assert np.array_equal(before["dense.weight"], after["dense.weight"])
    assert not np.array_equal(before["dense_1.weight"], after["dense_1.weight"])


def test_minibatches_clipping_and_zeros_by_hand():
    """Minibatches by randperm, a clip by hand, a step by hand, grads zeroed in place."""
    import tinygrad_edu as torch

    rng = np.random.default_rng(0)
    N = 200
    X = torch.tensor(rng.normal(size=(N, 3)))
    true = torch.tensor([[1.0], [-2.0], [0.5]])
    Y = X @ true + 0.7
    w = torch.tensor(np.zeros((3, 1)), requires_grad=True)
    b = torch.tensor(np.zeros(1), requires_grad=True)
    params = [w, b]
    for epoch in range(30):
        perm = rng.permutation(N)
        for i in range(0, N, 20):
            idx = perm[i : i + 20]
            loss = torch.mean((X[idx] @ w + b - Y[idx]) ** 2)
            loss.backward()
            norm = np.sqrt(sum((p.grad**2).sum() for p in params))
            for p in params:
                p.grad *= min(1, 1.0 / norm)
            with torch.no_grad():
                for p in params:
                    p -= 0.1 * p.grad
                    p.grad.zero_()
    assert np.allclose(w.detach().numpy(), true.numpy(), atol=1e-3)
    assert abs(b.item() - 0.7) < 1e-3


def test_a_mixture_density_network():
    """Mixture density network: its negative log likelihood against scipy, then training."""
    import math

    from scipy import stats

    import tinygrad_edu as torch
    from tinygrad_edu import nn

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(300, 1)).astype(np.float32)
    y = (
        np.where(rng.random((300, 1)) < 0.3, 1.0, -1.0) * x + 0.1 * rng.normal(size=(300, 1))
    ).astype(np.float32)

    class MDN(nn.Module):
        def __init__(self, k=2):
            super().__init__()
            self.hidden = nn.Dense(16, activation="tanh", seed=0)
            self.out = nn.Dense(3 * k, seed=1)

        def forward(self, x):
            logit, mu, logs = self.out(self.hidden(x)).split(3, axis=-1)
            return torch.log_softmax(logit, dim=-1), mu, logs

    def nll(params, y):
        logpi, mu, logs = params
        logp = -0.5 * ((y - mu) / logs.exp()) ** 2 - logs - 0.5 * math.log(2 * math.pi)
        return -torch.logsumexp(logpi + logp, dim=-1).mean()

    model = MDN()
    model(x[:1])
    opt = torch.optim.Adam(model.parameters(), lr=0.01)
    xt, yt = torch.tensor(x, copy=False), torch.tensor(y, copy=False)
    loss = nll(model(xt), yt)
    lp, mu, ls = (p.detach().numpy() for p in model(xt))
    ref = -np.log((np.exp(lp) * stats.norm.pdf(y, mu, np.exp(ls))).sum(-1)).mean()
    assert abs(loss.item() - ref) < 1e-4, (loss.item(), ref)
    for _ in range(400):
        opt.zero_grad()
        loss = nll(model(xt), yt)
        loss.backward()
        opt.step()
    assert loss.item() < 0.2


def test_the_meta_gradient():
    """MAML on linear tasks: the meta-gradient of one inner step against its closed form."""
    import tinygrad_edu as torch

    rng = np.random.default_rng(0)
    theta = torch.tensor(rng.normal(size=3), requires_grad=True)
    alpha = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    A, B = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    a, b = rng.normal(size=6), rng.normal(size=6)
    As, Bs, as_, bs = map(torch.tensor, (A, B, a, b))

    def task_loss(t, X, y):
        return 0.5 * (X @ t - y).square().sum()

    g = torch.grad(lambda t: task_loss(t, As, as_))(theta)
    fast = theta - alpha * g
    outer = task_loss(fast, Bs, bs)
    outer.backward()
    g_theta, g_alpha = theta.grad, alpha.grad

    t = theta.detach().numpy()
    gi = A.T @ (A @ t - a)
    f = t - 0.1 * gi
    r = B.T @ (B @ f - b)
    assert np.allclose(g_theta.numpy(), (np.eye(3) - 0.1 * A.T @ A) @ r)
    assert np.isclose(g_alpha.item(), -gi @ r)
