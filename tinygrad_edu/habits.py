"""Names and keywords of PyTorch, Keras and TensorFlow that are none here, each with the line to
write: the answers of `__getattr__` and of keywords that nobody knows. What costs a line works under
their names instead (`x.unsqueeze(0)`, `lr=`, `model.add`), and stands where it is defined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEVICE = "nothing: leave it out, there is one device, the processor"
_IN_PLACE = "with tg.no_grad(): {x}[...] = value, or {x} = {x}.{plain}(...)"

TENSOR = {
    "to": _DEVICE + ", and for a dtype write {x}.astype(np.float32)",
    "cuda": _DEVICE,
    "device": _DEVICE,
    "mps": _DEVICE,
    "type": "{x}.dtype, or {x}.astype(np.float32)",
    "type_as": "{x}.astype(other.dtype)",
    "half": "{x}.astype(np.float16), for data: it has no gradient",
    "grad_fn": "{x}.op, the operation that made it, and {x}.inputs",
    "register_hook": "{x}.retain_grad(), and read {x}.grad after backward()",
    "expand": "{x}.broadcast_to(shape)",
    "expand_as": "{x}.broadcast_to(other.shape)",
    "view_as": "{x}.reshape(other.shape)",
    "reshape_as": "{x}.reshape(other.shape)",
    "chunk": "{x}.split(n), into n equal parts",
    "unbind": "list({x})",
    "narrow": "{x}[start:start + length]",
    "gather": "{x}.take_along_axis(index, axis)",
    "index_select": "{x}.take(index, axis)",
    "select": "{x}[i]",
    "masked_fill": "tg.where(mask, value, {x})",
    "masked_select": "{x}[mask]",
    "where": "tg.where(condition, {x}, other)",
    "topk": "{x}.argsort(axis=-1)[..., ::-1][..., :k], and {x}.take_along_axis(...)",
    "unique": "np.unique({x}.numpy())",
    "bincount": "np.bincount({x}.numpy())",
    "nonzero": "np.nonzero({x}.numpy())",
    "isnan": "np.isnan({x})",
    "isinf": "np.isinf({x})",
    "isfinite": "np.isfinite({x})",
    "addmm": "b + X @ W",
    "lerp": "{x} + w * (other - {x})",
    "erf": "2 * tg.normal_cdf({x} * 2 ** 0.5) - 1",
    "rsqrt": "1 / {x}.sqrt()",
    "atan2": "np.arctan2({x}, other)",
    "inverse": "{x}.inv()",
    "new_zeros": "np.zeros(shape)",
    "new_tensor": "tg.tensor(data)",
    "nelement": "{x}.size",
    "get_device": _DEVICE,
    "is_cuda": _DEVICE,
    "storage": "{x}.data",
    "stride": "{x}.data.strides",
    "layout": _DEVICE,
    "names": "{x}.name",
    "assign": "with tg.no_grad(): {x}[...] = value",
    "assign_add": "with tg.no_grad(): {x} += value",
    "assign_sub": "with tg.no_grad(): {x} -= value",
    "trainable": "{x}.requires_grad",
    "value": "{x}.data",
    "eval": "{x}.numpy()",
    "set_shape": "{x}.reshape(shape)",
    "get_shape": "{x}.shape",
}
MODULE = {
    "train": "nothing: fit says that it learns; in a loop of your own `with tg.learning(): "
    "model(x)`",
    "eval": "nothing: outside fit and `with tg.learning():` a model does not learn; `with "
    "tg.no_grad():` saves memory",
    "to": _DEVICE,
    "cuda": _DEVICE,
    "cpu": _DEVICE,
    "half": "dtype= of the layers",
    "float": "dtype= of the layers",
    "double": "dtype=np.float64 of the layers",
    "apply": "for layer in model.modules(): ...",
    "named_modules": "model.modules(), or model.children() for (name, module)",
    "register_buffer": "self.{{name}} = tg.tensor(array), a constant that is saved too",
    "register_parameter": "self.{{name}} = tg.tensor(array, requires_grad=True)",
    "add_module": "self.{{name}} = layer",
    "register_forward_hook": "viz.graph(model(x)), which shows every value",
    "buffers": "[p for p in model.parameters() if not p.requires_grad]",
    "requires_grad_": "model.trainable = False",
    "save": "model.save_weights('model.npz'), and build the model anew to load them",
    "load": "model.load_weights('model.npz')",
    "to_json": "model.summary()",
    "get_config": "model.summary()",
    "train_on_batch": "model.fit(x, y, batch_size=len(x), verbose=0)",
    "test_on_batch": "model.evaluate(x, y, batch_size=len(x), verbose=0)",
    "predict_on_batch": "model.predict(x, batch_size=len(x))",
    "fit_generator": "model.fit(x, y)",
    "evaluate_generator": "model.evaluate(x, y)",
    "predict_classes": "model.predict(x).argmax(axis=-1)",
    "predict_proba": "model.predict(x)",
    "call": "model.forward(x), which model(x) calls",
    "output_shape": "model.summary(), which shows the shapes",
    "outputs": "model.predict(x)",
    "inputs": "model.summary(), which shows the shapes",
    "losses": "weight_decay= of the optimizer",
    "add_loss": "weight_decay= of the optimizer, or a loss of your own",
    "add_weight": "self.w = tg.tensor(array, requires_grad=True) in __init__",
    "reset_states": "a new model: nothing here has a state from call to call",
    "in_features": "layer.weight.shape[0]",
    "out_features": "layer.units",
    "optimizer": 'model.compile(optimizer="adam", loss="mse") first',
    "loss": 'model.compile(loss="mse") first',
    "state": "model.state_dict()",
    "history": "history = model.fit(...), and history.history",
}
TOP = {
    "Variable": "tg.tensor(data, requires_grad=True)",
    "constant": "tg.tensor(data)",
    "Parameter": "tg.tensor(data, requires_grad=True)",
    "as_tensor": "tg.tensor(data)",
    "from_numpy": "tg.tensor(array, copy=False)",
    "array": "tg.tensor(data)",
    "FloatTensor": "tg.tensor(data, dtype=np.float32)",
    "LongTensor": "tg.tensor(data, dtype=int)",
    "DoubleTensor": "tg.tensor(data, dtype=float)",
    "zeros": "tg.tensor(np.zeros((2, 3)), requires_grad=True)",
    "ones": "tg.tensor(np.ones((2, 3)))",
    "full": "tg.tensor(np.full((2, 3), 0.5))",
    "eye": "tg.tensor(np.eye(3))",
    "empty": "tg.tensor(np.zeros((2, 3)))",
    "zeros_like": "np.zeros_like(x.data)",
    "ones_like": "np.ones_like(x.data)",
    "randn_like": "rng.normal(size=x.shape)",
    "rand_like": "rng.random(x.shape)",
    "arange": "tg.tensor(np.arange(3.0))",
    "linspace": "tg.tensor(np.linspace(0, 1, 5))",
    "randn": "tg.tensor(np.random.default_rng(0).normal(size=(2, 3)))",
    "rand": "tg.tensor(np.random.default_rng(0).random((2, 3)))",
    "randint": "np.random.default_rng(0).integers(0, 10, size)",
    "normal": "np.random.default_rng(0).normal(size=shape)",
    "randperm": "np.random.default_rng(0).permutation(n)",
    "multinomial": "np.random.default_rng(0).choice(n, p=p)",
    "bernoulli": "np.random.default_rng(0).random(p.shape) < p",
    "random": "rng = np.random.default_rng(0)",
    "manual_seed": "seed=0 of the model or layer, np.random.default_rng(0) for data: nothing here "
    "is global",
    "set_random_seed": "seed=0 of the model or layer, np.random.default_rng(0) for data: nothing "
    "here is global",
    "device": _DEVICE,
    "cuda": _DEVICE,
    "backends": _DEVICE,
    "set_default_dtype": "dtype= of the layers",
    "float32": "np.float32",
    "float64": "np.float64",
    "float": "np.float32",
    "double": "np.float64",
    "int64": "np.int64",
    "long": "np.int64",
    "bool": "bool",
    "inference_mode": "tg.no_grad()",
    "enable_grad": "leave tg.no_grad()",
    "set_grad_enabled": "with tg.no_grad():",
    "is_tensor": "isinstance(x, tg.Tensor)",
    "numel": "x.size",
    "mm": "a @ b",
    "bmm": "a @ b",
    "pow": "x ** n",
    "chunk": "tg.split(x, n)",
    "gather": "tg.take_along_axis(x, index, axis)",
    "erf": "2 * tg.normal_cdf(x * 2 ** 0.5) - 1",
    "utils": "to_categorical is tg.to_categorical; batches: model.fit(x, y, batch_size=32)",
    "DataLoader": "model.fit(x, y, batch_size=32), or for i in rng.permutation(n).reshape(-1, 32): "
    "x[i]",
    "autograd": "tg.grad(f)(x), or y.backward() and x.grad",
    "func": "tg.grad, tg.vjp, tg.jvp, tg.hessian",
    "save": "model.save_weights('model.npz')",
    "load": "model.load_weights('model.npz')",
    "compile": "tg.jit(f)",
    "function": "tg.jit(f)",
    "GradientTape": "loss.backward(), and w.grad; nothing has to be watched",
    "value_and_gradient": "tg.value_and_grad(f)",
    "reduce_sum": "tg.sum(x, axis=0)",
    "reduce_mean": "tg.mean(x, axis=0)",
    "reduce_max": "tg.max(x, axis=0)",
    "cast": "x.astype(np.float32)",
    "one_hot": "tg.to_categorical(y, num_classes)",
    "keras": "tg.nn, tg.optim, tg.losses, tg.metrics, tg.callbacks",
    "layers": "tg.nn.Dense, tg.nn.Flatten, tg.nn.Dropout, tg.nn.Activation",
    "models": "tg.nn.Sequential([...])",
    "Sequential": "tg.nn.Sequential([...])",
    "Model": "class Net(tg.nn.Module), with __init__ and forward(self, x)",
    "Input": "nothing: layers take their input size from the first batch, or input_shape= of the "
    "first layer",
    "optimizers": "tg.optim",
    "activations": 'activation="relu" of a layer, or tg.relu',
    "regularizers": "weight_decay= of the optimizer",
    "initializers": 'kernel_initializer="he_normal" of a layer',
    "backend": "tg itself",
}
NN = {
    "Linear": "nn.Dense(units, input_size=features)",
    "LazyLinear": "nn.Dense(units)",
    "ReLU": 'nn.Activation("relu"), or activation="relu" of nn.Dense',
    "Sigmoid": 'nn.Activation("sigmoid")',
    "Tanh": 'nn.Activation("tanh")',
    "Softmax": 'nn.Activation("softmax")',
    "GELU": 'nn.Activation("gelu")',
    "LogSoftmax": 'nn.Activation("log_softmax")',
    "LeakyReLU": 'nn.Activation("leaky_relu")',
    "ELU": 'nn.Activation("elu")',
    "SiLU": 'nn.Activation("silu")',
    "Softplus": 'nn.Activation("softplus")',
    "Identity": 'nn.Activation("linear")',
    "CrossEntropyLoss": "tg.cross_entropy(logits, labels)",
    "MSELoss": "tg.mse(prediction, target)",
    "L1Loss": "tg.losses.mae(prediction, target)",
    "HuberLoss": "tg.losses.huber(prediction, target)",
    "SmoothL1Loss": "tg.losses.huber(prediction, target)",
    "BCELoss": "tg.losses.binary_crossentropy(p, target, from_logits=False)",
    "BCEWithLogitsLoss": "tg.bce_with_logits(logits, target)",
    "NLLLoss": "tg.cross_entropy(logits, labels), from the logits",
    "Parameter": "tg.tensor(array, requires_grad=True)",
    "ModuleList": "a list: self.layers = [nn.Dense(8), nn.Dense(1)], whose parameters are found",
    "ModuleDict": "a dict: self.parts = {{'a': nn.Dense(8)}}, whose parameters are found",
    "ParameterList": "a list of tensors",
    "functional": "tg.relu(x), tg.softmax(x), tg.cross_entropy(logits, labels)",
    "init": 'kernel_initializer="he_normal" of nn.Dense',
    "utils": "clipnorm= or global_clipnorm= of the optimizer",
    "Dropout1d": "nn.Dropout(rate)",
    "Input": "nothing: layers take their input size from the first batch, or "
    "input_shape= of the first layer",
    "InputLayer": "input_shape= of the first layer",
    "Model": "class Net(nn.Module), with __init__ and forward(self, x)",
    "Layer": "class Mine(nn.Module), with forward(self, x)",
    "Lambda": "nn.Activation(f)",
    "Reshape": "nn.Activation(lambda x: x.reshape((len(x), ...)))",
    "Add": "a + b in a forward(self, x) of your own",
    "Concatenate": "tg.concatenate([a, b], axis=1) in a forward of your own",
    "DataParallel": _DEVICE,
}
NN |= dict.fromkeys(
    ["BatchNorm1d", "BatchNorm2d", "BatchNormalization", "LayerNorm", "LayerNormalization"],
    "a class of your own: forward(self, x, training) is told whether the model learns",
)
NN |= dict.fromkeys(
    [
        "Conv1d",
        "Conv2d",
        "Conv1D",
        "Conv2D",
        "MaxPool2d",
        "MaxPooling2D",
        "AvgPool2d",
        "RNN",
        "LSTM",
        "GRU",
        "SimpleRNN",
        "Embedding",
        "Transformer",
        "MultiheadAttention",
        "GlobalAveragePooling2D",
    ],
    "what the lecture has, nn.Dense, nn.Flatten, nn.Dropout, nn.Activation, or a class of your own "
    "with forward(self, x)",
)
OPTIM = {
    "lr_scheduler": "learning_rate=tg.schedules.CosineDecay(0.1, steps), or "
    "callbacks.ReduceLROnPlateau()",
    "Adagrad": "optim.RMSprop()",
    "Adadelta": "optim.RMSprop()",
    "Nadam": "optim.Adam()",
    "Adamax": "optim.Adam()",
    "LBFGS": "scipy.optimize.minimize(tg.value_and_grad(f), x0, jac=True)",
    "schedules": "tg.schedules",
}
OPTIMIZER = {
    "param_groups": "optimizer.learning_rate = 0.01; groups with options of their own are several "
    "optimizers",
    "add_param_group": "a second optimizer for those parameters",
    "lr": "optimizer.learning_rate",
    "defaults": "optimizer.settings",
    "apply_gradients": "loss.backward(), then optimizer.step()",
    "minimize": "loss.backward(), then optimizer.step()",
    "get_config": "optimizer.state_dict()",
    "variables": "optimizer.state_dict()",
    "get_weights": "optimizer.state_dict()",
}
KEYWORD = {
    "betas": "beta_1=0.9, beta_2=0.999",
    "eps": "epsilon=1e-7",
    "alpha": "rho=0.9",
    "decay": "learning_rate=tg.schedules.ExponentialDecay(...)",
    "amsgrad": "nothing: it is not here",
    "maximize": "(-loss).backward()",
    "dampening": "nothing: it is not here",
    "foreach": "nothing: all parameters are one buffer",
    "fused": "nothing: all parameters are one buffer",
    "name": "nothing: optimizers have no names",
    "params": "the parameters first: Adam(model.parameters())",
    "kernel_regularizer": "weight_decay= of the optimizer",
    "bias_regularizer": "weight_decay= of the optimizer",
    "activity_regularizer": "a loss of your own",
    "kernel_constraint": "nothing: it is not here",
    "in_features": "input_size=",
    "out_features": "units=",
    "bias": "use_bias=",
    "device": _DEVICE,
    "trainable": "layer.trainable = False, after it",
    "weights": "layer.set_weights([...]), after it",
    "inplace": "nothing: a result is a new tensor",
    "start_dim": "nothing: all but the first axis are flattened",
    "p": "rate=0.5",
    "noise_shape": "nothing: each entry is drawn",
    "batch_input_shape": "input_shape=",
}
NAMES: dict[str, Mapping[str, str]] = {
    "Tensor": TENSOR,
    "module": MODULE,
    "tinygrad_edu": TOP,
    "tinygrad_edu.nn": NN,
    "tinygrad_edu.optim": OPTIM,
    "optimizer": OPTIMIZER,
}


def missing(kind: str, name: str, owner: Any, called: str = "x") -> AttributeError:
    """The error for a name that `owner` has not: with the line to write where the name is a habit.

    >>> print(missing("tinygrad_edu.nn", "Linear", None))
    tinygrad_edu.nn has no 'Linear'; write nn.Dense(units, input_size=features)
    """
    line = NAMES[kind].get(name)
    if line is None and kind == "Tensor" and name.endswith("_") and not name.startswith("_"):
        line = _IN_PLACE
    who = (
        kind
        if kind.startswith("tinygrad_edu")
        else type(owner).__name__
        if owner is not None
        else kind
    )
    if line is None:
        return AttributeError(f"{who} has no attribute {name!r}", name=name, obj=owner)
    # Without name and owner: Python would add a name that is spelled alike, "Did you mean:
    # 'linear'?"
    return AttributeError(
        f"{who} has no {name!r}; write {line.format(x=called, plain=name.rstrip('_'))}",
        name=None,
        obj=None,
    )


def refuse(who: str, given: Mapping[str, Any], known: str) -> None:
    """A TypeError for keywords that nobody knows, with the line to write where it is a habit."""
    for name in given:
        if name in KEYWORD:
            raise TypeError(
                f"{who} has no keyword {name!r}; write {KEYWORD[name].format(name=name)}"
            )
        raise TypeError(f"{who} has no keyword {name!r}; known: {known}")
