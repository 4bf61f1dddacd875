"""What users of JAX and of HIPS' autograd look for: what it is called here, or the line to write
instead."""

from __future__ import annotations

SAME = {"jacrev": "jacobian", "jacfwd": "jacobian", "hessian_vector_product": "hvp"}
"""Another name for what is here: jacobians are found one pass back for each entry of the output."""

_LOOP = "a Python loop: tg.jit writes its steps out"
_OWN = 'cube = tg.op("cube", "x ** 3", x="g * 3 * x ** 2"), the formula and its gradient rule'
TREE = (
    "[(W - 0.1 * dW, b - 0.1 * db) for (W, b), (dW, db) in zip(params, grads)], or {name: f(value) "
    "for name, value in params.items()}: grad gives dicts, lists and tuples back as they came"
)
RANDOM = "rng = np.random.default_rng(seed) and rng.normal(size=shape)"

LINES = {
    "vmap": "f(xs) on the whole batch, whose operations broadcast over leading axes, or "
    "np.stack([f(x) for x in xs])",
    "elementwise_grad": "tg.grad(lambda x: f(x).sum())",
    "egrad": "tg.grad(lambda x: f(x).sum())",
    "grad_and_aux": "tg.grad(f, has_aux=True)",
    "multigrad_dict": "tg.grad(f), whose argument may be a dict",
    "make_vjp": "y, back = tg.vjp(f, x)",
    "make_jvp": "y, push = tg.jvp(f, (x,), (t,))",
    "linearize": "y, push = tg.jvp(f, (x,), (t,))",
    "make_hvp": "tg.hvp(f, (x,), (t,))",
    "stop_gradient": "x.detach()",
    "custom_vjp": _OWN,
    "custom_jvp": _OWN,
    "custom_gradient": _OWN,
    "primitive": _OWN,
    "defvjp": _OWN,
    "tree_map": TREE,
    "tree_flatten": TREE,
    "scan": _LOOP,
    "fori_loop": _LOOP,
    "while_loop": _LOOP,
    "cond": "tg.where(condition, a, b)",
    "select": "tg.where(condition, a, b)",
    "PRNGKey": RANDOM,
    "key": RANDOM,
    "jnp": "np: NumPy's own functions take tensors",
    "array": "tg.tensor(x)",
    "asarray": "tg.tensor(x)",
    "pmap": "f: there is one machine here",
    "debug": "print(x)",
    "device_put": "x: there is one device here",
    "make_jaxpr": "step = tg.jit(f), step(x), print(step.source)",
    "checkpoint": "f: a graph keeps what its rules read, and nothing is computed again",
    "remat": "f",
    "check_grads": "tg.check_gradients(f, x)",
    "block_until_ready": "x: results are there when a call returns",
    "config": "np.float32 or np.float64 data: what comes in says how exact the computation is",
}
