"""Where a function reads from. Each place is text: how it is set up, what the function writes to
read it, how it is rebound and deleted. The thing read is called `setting`, what holds it `holder`,
so that a refusal can name them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

FUNCTION = """\
def g(ARGS):
    BODY
f = jit(g)
"""
NESTED = """\
def outer():
    def middle():
        def g(ARGS):
            BODY
        return g
    return middle()
f = jit(outer())
"""
METHOD = """\
class Owner:
    def __init__(self):
        self.setting = VALUE
    def g(self, ARGS):
        BODY
owner = Owner()
"""
SET, DELETE = "setting = NEW", "del setting"


@dataclass(frozen=True)
class Place:
    name: str
    setup: str
    read: str
    rebind: str
    delete: str = ""
    frame: str = FUNCTION
    # the thing, seen from outside the function; `read` where it is the same
    now: str = ""
    inside: bool = False         # all of it stands inside a function: variables are cells
    rebound: str = ""            # variables that `rebind` and `delete` bind
    expect: str = "runs"
    hashable: bool = False       # only things that can be in a set


PLACES = [
    Place("a global", "setting = VALUE", "setting", SET, DELETE, rebound="setting"),
    Place("a closure", "setting = VALUE", "setting", SET, DELETE, inside=True, rebound="setting"),
    Place("a closure two functions out", "setting = VALUE", "setting", SET, DELETE, NESTED, inside=True,
          rebound="setting"),
    Place("a default", "", "setting", "g.__defaults__ = (NEW,)",
          frame="def g(ARGS, setting=VALUE):\n    BODY\nf = jit(g)\n", now="g.__defaults__[0]"),
    Place("a keyword default", "", "setting", "g.__kwdefaults__['setting'] = NEW",
          frame="def g(ARGS, *, setting=VALUE):\n    BODY\nf = jit(g)\n", now="g.__kwdefaults__['setting']"),
    Place("an attribute", "class Holder: pass\nholder = Holder()\nholder.setting = VALUE", "holder.setting",
          "holder.setting = NEW", "del holder.setting"),
    Place("an attribute in a closure", "class Holder: pass\nholder = Holder()\nholder.setting = VALUE",
          "holder.setting", "holder.setting = NEW", "del holder.setting", inside=True),
    Place("an attribute two deep", "class Holder: pass\nholder = Holder()\nholder.inner = Holder()\n"
          "holder.inner.setting = VALUE", "holder.inner.setting", "holder.inner.setting = NEW",
          "del holder.inner.setting"),
    Place("SimpleNamespace", "holder = types.SimpleNamespace(setting=VALUE)", "holder.setting",
          "holder.setting = NEW", "del holder.setting"),
    Place("a dataclass", "@dataclasses.dataclass\nclass Holder:\n    setting: object\nholder = Holder(VALUE)",
          "holder.setting", "holder.setting = NEW", "del holder.setting"),
    Place("a class with slots", "class Holder:\n    __slots__ = ('setting',)\nholder = Holder()\n"
          "holder.setting = VALUE", "holder.setting", "holder.setting = NEW", "del holder.setting", expect="either"),
    Place("a dataclass with slots", "@dataclasses.dataclass(slots=True)\nclass Holder:\n    setting: object\n"
          "holder = Holder(VALUE)", "holder.setting", "holder.setting = NEW", expect="either"),
    Place("a class' attribute", "class Holder:\n    setting = VALUE", "Holder.setting", "Holder.setting = NEW",
          "del Holder.setting"),
    Place("a class' attribute by its instance", "class Holder:\n    setting = VALUE\nholder = Holder()",
          "holder.setting", "Holder.setting = NEW", "del Holder.setting"),
    Place("an attribute that hides a class'", "class Base:\n    setting = VALUE\nclass Holder(Base): pass\n"
          "holder = Holder()", "holder.setting", "holder.setting = NEW"),
    Place("an attribute of a class between", "class Base:\n    setting = VALUE\nclass Between(Base): pass\n"
          "class Holder(Between): pass\nholder = Holder()", "holder.setting", "Between.setting = NEW"),
    Place("a property", "class Holder:\n    @property\n    def setting(self):\n        return self.kept\n"
          "holder = Holder()\nholder.kept = VALUE", "holder.setting", "holder.kept = NEW", "del holder.kept"),
    Place("a cached_property", "class Holder:\n    @functools.cached_property\n    def setting(self):\n"
          "        return self.kept\nholder = Holder()\nholder.kept = VALUE\nholder.setting", "holder.setting",
          "holder.setting = NEW", expect="either"),
    Place("a method's self", "", "self.setting", "owner.setting = NEW", "del owner.setting",
          METHOD + "f = jit(owner.g)\n", now="owner.setting"),
    Place("self under a decorator", "", "self.setting", "owner.setting = NEW", "del owner.setting",
          METHOD.replace("    def g(", "    @jit\n    def g(") + "f = owner.g\n", now="owner.setting"),
    Place("self of __call__", "", "self.setting", "owner.setting = NEW", "del owner.setting",
          METHOD.replace("def g(", "def __call__(") + "f = jit(owner)\n", now="owner.setting"),
    Place("self of a method called", "", "self.setting", "owner.setting = NEW", "del owner.setting",
          METHOD + "f = jit(lambda *a: owner.g(*a))\n", now="owner.setting"),
    Place("a static method's global", "setting = VALUE", "setting", SET, DELETE,
          "class Owner:\n    @staticmethod\n    def g(ARGS):\n        BODY\nf = jit(Owner.g)\n", rebound="setting"),
    Place("a class method's cls", "", "cls.setting", "Owner.setting = NEW", "del Owner.setting",
          "class Owner:\n    setting = VALUE\n    @classmethod\n    def g(cls, ARGS):\n        BODY\nf = "
          "jit(Owner.g)\n",
          now="Owner.setting"),
    Place("a decorated function", "setting = VALUE\ndef decorated(h):\n    @functools.wraps(h)\n"
          "    def wrapper(*a):\n        return h(*a)\n    return wrapper", "setting", SET, DELETE,
          "@decorated\ndef g(ARGS):\n    BODY\nf = jit(g)\n", rebound="setting"),
    Place("a function called", "setting = VALUE", "setting", SET, DELETE,
          "def helper(ARGS):\n    BODY\ndef g(*a):\n    return helper(*a)\nf = jit(g)\n", rebound="setting"),
    Place("a function from a dict", "setting = VALUE", "setting", SET, DELETE,
          "def helper(ARGS):\n    BODY\nholder = {'f': helper}\ndef g(*a):\n    return holder['f'](*a)\nf = jit(g)\n",
          rebound="setting"),
    Place("what a function returns", "setting = VALUE\ndef holder():\n    return setting", "holder()", SET, DELETE,
          now="setting", rebound="setting"),
    Place("partial's keyword", "", "setting", "bound.keywords['setting'] = NEW",
          frame="def g(ARGS, setting):\n    BODY\nbound = functools.partial(g, setting=VALUE)\nf = jit(bound)\n",
          now="bound.keywords['setting']"),
    Place("partial's list", "", "holder[0]", "bound.args[0][0] = NEW",
          frame="def g(holder, ARGS):\n    BODY\nbound = functools.partial(g, [VALUE])\nf = jit(bound)\n",
          now="bound.args[0][0]"),
    Place("a list", "holder = [VALUE]", "holder[0]", "holder[:] = [NEW]", "holder.clear()"),
    Place("a list that is filled", "holder = [VALUE]", "holder[-1]", "holder.append(NEW)", "holder.clear()"),
    Place("a tuple", "holder = (VALUE, 1.0)", "holder[0]", "holder = (NEW, 1.0)", rebound="holder"),
    Place("a list in a tuple", "holder = ([VALUE], 1.0)", "holder[0][0]", "holder[0][0] = NEW"),
    Place("a dict", "holder = {'setting': VALUE}", "holder['setting']", "holder['setting'] = NEW",
          "del holder['setting']"),
    Place("a dict by get", "holder = {'setting': VALUE}", "holder.get('setting', 1.0)", "holder['setting'] = NEW"),
    Place("a dict in a closure", "holder = {'setting': VALUE}", "holder['setting']", "holder['setting'] = NEW",
          "del holder['setting']", inside=True),
    Place("a dict unpacked", "holder = {'setting': VALUE}\ndef pick(*, setting):\n    return setting",
          "pick(**holder)", "holder['setting'] = NEW", now="holder['setting']"),
    Place("an OrderedDict", "holder = collections.OrderedDict(setting=VALUE)", "holder['setting']",
          "holder['setting'] = NEW", "del holder['setting']", expect="either"),
    Place("a defaultdict", "holder = collections.defaultdict(float, setting=VALUE)", "holder['setting']",
          "holder['setting'] = NEW", expect="either"),
    Place("a ChainMap", "holder = collections.ChainMap({}, {'setting': VALUE})", "holder['setting']",
          "holder['setting'] = NEW", expect="either"),
    Place("a MappingProxy", "behind = {'setting': VALUE}\nholder = types.MappingProxyType(behind)",
          "holder['setting']", "behind['setting'] = NEW", expect="either"),
    Place("a deque", "holder = collections.deque([VALUE])", "holder[0]", "holder.appendleft(NEW)", "holder.clear()",
          expect="either"),
    Place("a set", "holder = {VALUE}", "next(iter(holder))", "holder.clear(); holder.add(NEW)", "holder.clear()",
          expect="either", hashable=True),
    Place("a set's max", "holder = {VALUE}", "max(holder)", "holder.clear(); holder.add(NEW)", expect="either",
          hashable=True),
    Place("a namedtuple", "Holder = collections.namedtuple('Holder', 'setting other')\nholder = Holder(VALUE, 1.0)",
          "holder.setting", "holder = holder._replace(setting=NEW)", rebound="holder", expect="either"),
    Place("a list's subclass", "class Holder(list): pass\nholder = Holder([VALUE])", "holder[0]", "holder[0] = NEW",
          expect="either"),
    Place("an own __getitem__", "class Holder:\n    def __getitem__(self, key):\n        return self.kept\n"
          "holder = Holder()\nholder.kept = VALUE", "holder['any']", "holder.kept = NEW", expect="either"),
    Place("an own __getattr__", "class Holder:\n    def __getattr__(self, key):\n        return kept[key]\n"
          "kept = {'setting': VALUE}\nholder = Holder()", "holder.setting", "kept['setting'] = NEW",
          expect="either"),
    Place("an own descriptor", "class Kept:\n    def __get__(self, owner, kind=None):\n        return kept[0]\n"
          "kept = [VALUE]\nclass Holder:\n    setting = Kept()\nholder = Holder()", "holder.setting", "kept[0] = NEW",
          expect="either"),
    Place("six deep", "holder = {'a': [types.SimpleNamespace(c=({'d': [VALUE]},))]}",
          "holder['a'][0].c[0]['d'][0]", "holder['a'][0].c[0]['d'][0] = NEW"),
    Place("another module", "settings = types.ModuleType('settings')\nsettings.setting = VALUE", "settings.setting",
          "settings.setting = NEW", "del settings.setting"),
    Place("another module's function", "settings = types.ModuleType('settings')\nsettings.setting = VALUE\n"
          "exec('def pick():\\n    return setting', vars(settings))", "settings.pick()", "settings.setting = NEW",
          "del settings.setting", now="settings.setting"),
    Place("a function imported", "settings = types.ModuleType('settings')\nsettings.setting = VALUE\n"
          "exec('def pick():\\n    return setting', vars(settings))\npick = settings.pick", "pick()",
          "settings.setting = NEW", now="settings.setting"),
    Place("a function's attribute", "def holder(): pass\nholder.setting = VALUE", "holder.setting",
          "holder.setting = NEW", "del holder.setting"),
    Place("getattr", "holder = types.SimpleNamespace(setting=VALUE)", "getattr(holder, 'set' + 'ting')",
          "holder.setting = NEW", "del holder.setting", now="holder.setting", expect="either"),
    Place("vars", "holder = types.SimpleNamespace(setting=VALUE)", "vars(holder)['setting']", "holder.setting = NEW",
          now="holder.setting", expect="either"),
    Place("__dict__", "holder = types.SimpleNamespace(setting=VALUE)", "holder.__dict__['setting']",
          "holder.setting = NEW", now="holder.setting", expect="either"),
    Place("attrgetter", "holder = types.SimpleNamespace(setting=VALUE)\nget = operator.attrgetter('setting')",
          "get(holder)", "holder.setting = NEW", now="holder.setting", expect="either"),
    Place("itemgetter", "holder = {'setting': VALUE}\nget = operator.itemgetter('setting')", "get(holder)",
          "holder['setting'] = NEW", now="holder['setting']", expect="either"),
    Place("globals()", "setting = VALUE", "globals()['setting']", SET, rebound="setting", now="setting",
          expect="either"),
    Place("a module's parameter", "class Holder(nn.Module): pass\nholder = Holder()\nholder.setting = VALUE",
          "holder.setting", "holder.setting = NEW", "del holder.setting"),
    Place("a module inside a module", "class Holder(nn.Module): pass\nholder = Holder()\nholder.inner = Holder()\n"
          "holder.inner.setting = VALUE", "holder.inner.setting", "holder.inner.setting = NEW"),
    Place("a module's list", "class Holder(nn.Module): pass\nholder = Holder()\nholder.kept = [VALUE]",
          "holder.kept[0]", "holder.kept[0] = NEW"),
    Place("a callback's attribute", "class Holder(tg.callbacks.Callback): pass\nholder = Holder()\n"
          "holder.setting = VALUE", "holder.setting", "holder.setting = NEW", "del holder.setting"),
    Place("an optimizer's attribute", "holder = optim.SGD([tg.tensor([1.0], requires_grad=True)])\n"
          "holder.setting = VALUE", "holder.setting", "holder.setting = NEW", "del holder.setting"),
    Place("a context variable", "import contextvars\nholder = contextvars.ContextVar('holder')\nholder.set(VALUE)",
          "holder.get()", "holder.set(NEW)", expect="either"),
    Place("a weak reference", "import weakref\nclass Holder: pass\nkept = Holder()\nkept.setting = VALUE\n"
          "holder = weakref.ref(kept)", "holder().setting", "kept.setting = NEW", expect="either"),
    Place("a comprehension", "holder = [VALUE]", "[s for s in holder][0]", "holder[0] = NEW", now="holder[0]"),
    Place("a generator expression", "holder = [VALUE]", "next(s for s in holder)", "holder[0] = NEW", now="holder[0]",
          expect="either"),
]


def fill(template: str, **parts: str) -> str:
    """The template with each marker's text in its place; many lines are indented as the marker
    is."""
    for marker, text in parts.items():
        lines = []
        for line in template.splitlines():
            if marker in line and "\n" in text:
                lead = " " * (len(line) - len(line.lstrip()))
                lines += textwrap.indent(text, lead).splitlines()
            else:
                lines.append(line.replace(marker, text))
        template = "\n".join(lines) + "\n"
    return template


def changing(place: Place, number: int, statement: str) -> str:
    """A function that changes something."""
    scope = f"{'nonlocal' if place.inside else 'global'} {place.rebound}" if place.rebound else "pass"
    return f"def change_{number}():\n    {scope}\n    {statement}\n"


def placed(place: Place, arguments: str, body: str, first: str, changes: list[str]) -> str:
    """The text of a world up to f: `body` is the function's lines, where SETTING is what is
    read."""
    text = fill(place.setup, VALUE=first) if place.setup else ""
    text += fill(place.frame, ARGS=arguments, BODY=body.replace("SETTING", place.read), VALUE=first)
    now = place.now or place.read
    for number, statement in enumerate(changes, 1):
        text += changing(place, number, statement.replace("IT", now))
    text += f"changes = [{', '.join(f'change_{k}' for k in range(1, len(changes) + 1))}]\n"
    if place.inside:
        text = "def make():\n" + textwrap.indent(text, "    ") + "    return f, changes\nf, changes = make()\n"
    return text
