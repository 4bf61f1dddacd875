"""What a type checker must accept, with the types that it must find. Not run: read by checkers."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn, op

Array = NDArray[Any]
X = np.ones((4, 2))
W = tg.tensor(np.ones((2, 3)), requires_grad=True, name="W")
b = tg.tensor([0.0, 0.0, 0.0], requires_grad=True)

# operations: a tensor among the inputs gives a tensor, arrays alone an array
assert_type(tg.relu(W), Tensor)
assert_type(tg.relu(X), Array)
assert_type(tg.relu([-1.0, 1.0]), Array)
assert_type(tg.leaky_relu(W, slope=0.2), Tensor)
assert_type(tg.leaky_relu(W, 0.2), Tensor)
assert_type(tg.sum(W, axis=0, keepdims=True), Tensor)
assert_type(tg.sum(W, (0, 1)), Tensor)
assert_type(tg.sum(X), Array)
assert_type(tg.maximum(W, 0), Tensor)
assert_type(tg.maximum(X, W), Tensor)
assert_type(tg.maximum(X, 0.5), Array)
assert_type(tg.where(X > 0, W, 0.0), Tensor)
assert_type(tg.where(X > 0, X, 0.0), Array)
assert_type(tg.concatenate([W, W], axis=1), Tensor)
assert_type(tg.concatenate(W, W), Tensor)
assert_type(tg.concatenate([X, X]), Array)
assert_type(tg.stack([b, b]), Tensor)
assert_type(tg.matmul(X, W), Tensor)
assert_type(tg.einsum("ij,jk->ik", W, W), Tensor)
assert_type(tg.split(W, 2), list[Tensor])
assert_type(tg.reshape(W, (3, -1)), Tensor)
assert_type(tg.astype(W, np.float32), Tensor)
assert_type(tg.clip(W, 0.0, 1.0), Tensor)
assert_type(tg.cat([W, W]), Tensor)

# an operation is still an Op
assert_type(tg.tanh.formula, str)
assert_type(tg.tanh.caption("x"), str)
assert_type(tg.tanh.rules["x"], str)
cube = op("cube", "x ** 3", x="g * 3 * x ** 2")
cube(W).backward()

# the tensor: methods, operators, attributes
assert_type(W.sum(axis=0), Tensor)
assert_type(W.mean(), Tensor)
assert_type(W.relu().softmax(axis=-1), Tensor)
assert_type(W.reshape(3, 2).T, Tensor)
assert_type(W.split(2), list[Tensor])
assert_type(W + 1, Tensor)
assert_type(1 - W, Tensor)
assert_type(W @ W.T, Tensor)
assert_type(-W / 2, Tensor)
assert_type(W**2, Tensor)
assert_type(W > 0, Tensor)
assert_type(W == W, Tensor)
assert_type(W[0, 1:], Tensor)
assert_type(W.shape, tuple[int, ...])
assert_type(W.float(), Tensor)
assert_type(W.clamp(0.0, 1.0), Tensor)
seen = {W, b}

# the lecture's form, with plain arrays on the left
loss = ((tg.relu(X @ W + b) - 1.0) ** 2).mean()
loss.backward()
step = 0.1 * W.grad
with tg.no_grad():
    W -= step
print(float(loss.item()), f"{loss:.3f}", len(W), [row for row in W])

# functions, layers, losses
slope = tg.grad(tg.tanh)(0.5)
tg.cross_entropy(W, np.array([0, 1]))
tg.losses.mae(W, np.zeros((2, 3)))
model = nn.Sequential([nn.Dense(3, activation="relu"), nn.Dense(1)], seed=0)
model.compile(optimizer=tg.optim.Adam(learning_rate=0.01), loss="mse", metrics=["mae"])
history = model.fit(X, np.zeros((4, 1)), epochs=2, verbose=0)
model.evaluate(X, np.zeros((4, 1)), verbose=0)
model.predict(X)


@tg.jit
def train(x: Array) -> Tensor:
    return (x @ W).sum()


train(X)
print(train.source)
points, labels = tg.datasets.moons(seed=0)
