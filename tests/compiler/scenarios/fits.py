"""`fit`: a loss, a layer, a metric, a callback, an optimizer of one's own that read something which
changes, between two fits or between two batches of one."""

from __future__ import annotations

from profiles import NIGHT

from .crossed import put, statements
from .places import PLACES, Place, placed
from .play import Scenario
from .values import VALUES, Value

MODEL = "model = nn.Sequential([nn.Dense(3, 'tanh'), nn.Dense(1)], seed=1)\n"
FIT = ("def call():\n    history = model.fit(X, Y, batch_size=4, seed=2, verbose=0, jit=JIT{more})\n"
       "    return history.history, weights(model), model.plan.optimizer.state_dict()\n")
# Applies the changes while fit runs, after batches 2 and 5.
DURING = ("pending = list(changes)\nchanges = []\nclass Changing(tg.callbacks.Callback):\n"
          "    def on_train_batch_end(self, batch, logs):\n        if batch in (2, 5) and pending:\n"
          "            pending.pop(0)()\n")

# How a role computes: the arguments of the function that reads, its lines, and the model around it.
ROLES = {
    "loss": ("p, t", "return ((E) ** 2).mean()", "(p - t)", MODEL + "model.compile(optim.SGD(learning_rate=0.05), "
    "f)\n"),
    "layer": ("h", "return E", "h",
              "class Own(nn.Module):\n    def __init__(self):\n        self.inner = nn.Dense(3, 'tanh')\n"
              "    def forward(self, x):\n        return f(self.inner(x))\n"
              "model = nn.Sequential([Own(), nn.Dense(1)], seed=1)\nmodel.layers[0].name_and_seed_layers(3)\n"
              "model.compile(optim.SGD(learning_rate=0.05), 'mse')\n"),
    "metric": ("p, t", "return float(np.mean(E))", "np.abs(p.numpy() - t)",
               MODEL + "model.compile(optim.SGD(learning_rate=0.05), 'mse', [lambda p, t: f(p, t), 'mae'])\n"),
    "optimizer": ("values, gradients", "values -= 0.05 * (E)", "gradients",
                  MODEL + "class Own(optim.Optimizer):\n    def __init__(self):\n"
                  "        super().__init__(learning_rate=0.05)\n    def start(self, w):\n        return {}\n"
                  "    def update(self, w, g, rate):\n        f(w, g)\nmodel.compile(Own(), 'mse')\n"),
    "callback": ("batch", "return float(np.mean(E))", "(0.01 * (1 + batch))",
                 MODEL + "class Rate(tg.callbacks.Callback):\n    def on_train_batch_end(self, batch, logs):\n"
                 "        self.model.plan.optimizer.learning_rate = abs(f(batch))\n"
                 "model.compile(optim.SGD(learning_rate=0.05), 'mse')\n"),
    "schedule": ("step", "return abs(float(np.mean(E)))", "(0.1 / (1 + step))",
                 MODEL + "model.compile(optim.SGD(learning_rate=lambda step: f(step)), 'mse')\n"),
    "activation": ("h", "return E", "h",
                   "model = nn.Sequential([nn.Dense(3, lambda h: f(h)), nn.Dense(1)], seed=1)\n"
                   "model.compile(optim.SGD(learning_rate=0.05), 'mse')\n"),
}
# Where the function that reads is no part of what is compiled, or where NumPy is at work.
NOT_COMPILED = {"optimizer", "metric", "schedule"}
PLACES_OF_VALUES = (0, 1, 5, 34)          # a global, a closure, an attribute, a dict
PLAIN_NUMBER = "T * SETTING"


def fitted(place: Place, value: Value, way: str, role: str, during: bool, few: bool = True) -> Scenario | None:
    """One scenario, if these go together."""
    arithmetic = value.use == PLAIN_NUMBER and "tensor" not in value.name and "parameter" not in value.name
    if not value.anywhere or place.hashable and not value.hashable:
        return None
    if role not in ("loss", "layer", "activation") and not arithmetic:
        return None
    if role in ("optimizer",) and "array" in value.name or way == "deleted" and role in ("callback", "schedule"):
        return None
    changes = statements(place, value, way)
    if changes is None:
        return None
    if few and not NIGHT:
        changes = changes[:2 if during else 1]
    arguments, lines, tensor, around = ROLES[role]
    if role == "loss" and "*a" in place.frame + place.setup:       # a loss says which argument is which
        around = around.replace("f)\n", "lambda p, t: f(p, t))\n")
    text = placed(place, arguments, lines.replace("E", put(value.use, tensor)), value.first, changes) + around
    more = ", callbacks=[Rate()]" if role == "callback" else ""
    if during:
        text += DURING
        more = more[:-1] + ", Changing()]" if more else ", callbacks=[Changing()]"
    text += FIT.replace("{more}", more)
    states = len(changes) + 1
    fits = 2 if during else states
    sure = "runs" in (place.expect,) and value.expect == "runs" and role not in NOT_COMPILED
    # Deleted, the fit ends in an error; numbers that NumPy made of an array need not be compiled.
    sure = sure and way != "deleted" and value.use in (PLAIN_NUMBER, "T ** SETTING", "T * 2 if SETTING else T - 1",
                                                       "SETTING(T)", "T * SETTING['a'] + SETTING['b']")
    sure = sure and value.name not in ("nan", "infinity", "a partial", "array empty", "array of another shape",
                                       "parameter", "float tensor 0-d", "array reshaped in place")
    return Scenario(f"fit: {role} reads {place.name} / {value.name} / {way} / {'during' if during else 'between'}",
                    f"fit {role}", "runs" if sure else "equal", text, calls=2 if during else 1, vacant=True,
                    watched="nn.Sequential.forward" if sure else "", bound=fits + 3 * states + 2)


def all_fitted() -> list[Scenario]:
    """Every place and every value in turn, as a loss and as a layer; a few of the other roles; at
    night more."""
    found: dict[str, Scenario] = {}

    def add(*wanted: object) -> None:
        scenario = fitted(*wanted)  # type: ignore[arg-type]
        if scenario is not None:
            found.setdefault(scenario.name, scenario)
    for i, place in enumerate(PLACES):
        value = VALUES[i % 2]
        if not NIGHT and i % 4 == 3:
            continue
        add(place, value, next(iter(value.ways)), "loss" if i % 3 else "layer", i % 2 == i // 2 % 2)
        if i % 3 == 0 or NIGHT:
            add(place, VALUES[0], "rebound", list(ROLES)[i // 3 % len(ROLES)], bool(i % 4))
    for j, value in enumerate(VALUES):
        ways = list(value.ways)[:99 if NIGHT else j % 3 % 2]
        for way in ways:
            place = PLACES[PLACES_OF_VALUES[j // 3 % 4]]
            add(place, value, way, "layer" if j // 3 % 3 == 0 else "loss", j // 3 % 2 == 1)
            if NIGHT:
                for role in ROLES:
                    add(place, value, way, role, j % 2 == 1)
    for place in PLACES[:2]:
        for way in ("deleted", "unchanged"):
            add(place, VALUES[0], way, "loss", True)
            add(place, VALUES[1], way, "loss", False)
    return list(found.values())
