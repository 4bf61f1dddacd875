"""What a type checker must find: an error on every line that says so, and on no other."""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import nn, optim

x = tg.tensor([1.0, 2.0], requires_grad=True)

tg.sgmoid(1.0)  # wrong: a misspelt name
nn.Danse(3)  # wrong
optim.Adm()  # wrong
x.rleu()  # wrong
tg.vmap(abs)  # wrong: no name of this library, though a message answers it
tg.relu()  # wrong: no input
tg.relu(x, 2)  # wrong: one input, no parameter
tg.relu(x, slope=0.1)  # wrong: of leaky_relu
tg.sum(x, axes=0)  # wrong: axis
tg.sum(x, axis="0")  # wrong
tg.astype(x)  # wrong: the type is missing
tg.maximum(x)  # wrong: two inputs
tg.reshape(x, shape=1.5)  # wrong
tg.pad(x, 1, mode="mirror")  # wrong
x.sum(ax=0)  # wrong
x.backward().grad  # wrong: backward returns nothing
x.shape = (2,)  # wrong
x.take("first", axis="0")  # wrong
tg.tensor([1.0], require_grad=True)  # wrong: requires_grad
tg.tanh.formla  # wrong
tg.relu(np.ones(2)).backward()  # wrong: an array
