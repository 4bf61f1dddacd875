"""A reader of what pictures write: parses the notation, and computes it with the numbers of the
cards.

It shares nothing with the writer (`viz/mathematics/notation.py`, `viz/mathematics/mathtext.py`, `viz/mathematics/simplify.py`), so that
what it finds equal was written right. Names are given in a table; everything else is this grammar,
loosest first:

    a if c else b     0 where there is no else            a back into F(x)   a added to where F took it from x
    = ≠ < ≤ > ≥       and, or, not                        + −                · * / mod, and 2(x)
    Σ x, mean x...    over `rows`, `columns`, `axis k`    √x, xᵀ, x[...], x², x^y
"""

from __future__ import annotations

import math
import re

import numpy as np
from reading_functions import FUNCTIONS, WITH_WHOLE

SUPERSCRIPTS = dict(zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True))
COMPARE = {
    "=": np.equal,
    "≠": np.not_equal,
    "<": np.less,
    "≤": np.less_equal,
    ">": np.greater,
    "≥": np.greater_equal,
}
TOKEN = re.compile(
    r'\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[−-]?\d+)?)|(?P<text>"[^"]*")|(?P<up>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)'
    r"|(?P<word>(?:(?!ᵀ)[^\W\d])(?:[^\Wᵀ⁻⁰¹²³⁴⁵⁶⁷⁸⁹])*)|(?P<sign>.))"
)


class Unread(ValueError):
    """A text that says less than it computed, such as an index that was too long to be written."""


class Reader:
    """Computes texts from `names`; `wide` is the shape of what stands on the left."""

    def __init__(self, names, words, wide=()):
        self.names, self.words, self.wide = names, words, wide
        self.longest = sorted(names, key=len, reverse=True)

    def __call__(self, text):
        if "…" in text:
            raise Unread(text)
        self.tokens, self.k = self.split(text), 0
        with np.errstate(all="ignore"):
            value = self.choice()
        assert self.k == len(self.tokens), f"read {text!r} up to {self.tokens[self.k :]}"
        return value

    def split(self, text):
        tokens, at = [], 0
        inside = lambda c: c.isalnum() and c not in SUPERSCRIPTS and c != "ᵀ"
        while at < len(text):
            if text[at] == " ":
                at += 1
                continue
            name = next(
                (
                    n
                    for n in self.longest
                    if text.startswith(n, at)
                    and not (inside(n[-1]) and inside(text[at + len(n) : at + len(n) + 1] or " "))
                    and not (n.isidentifier() and text[at + len(n) : at + len(n) + 1] == "(")
                ),
                None,
            )
            if name:
                tokens.append(("name", name))
                at += len(name)
                continue
            found = TOKEN.match(text, at)
            kind = found.lastgroup
            if found[kind].strip():
                tokens.append((kind, found[kind]))
            at = found.end()
        return tokens

    # Tokens

    def peek(self, *texts):
        return (
            self.k < len(self.tokens)
            and self.tokens[self.k][0] != "name"
            and self.tokens[self.k][1] in texts
        )

    def take(self, *texts):
        if self.peek(*texts):
            self.k += 1
            return self.tokens[self.k - 1][1]
        return None

    def expect(self, text):
        assert self.take(text), f"{text!r} wanted at {self.tokens[self.k :]} of {self.tokens}"

    def phrase(self, text):
        """Several words in a row."""
        parts = text.split()
        if [t[1] for t in self.tokens[self.k : self.k + len(parts)]] == parts:
            self.k += len(parts)
            return True
        return False

    # Grammar

    def choice(self):
        value = self.either()
        if self.phrase(self.words["if"]):
            test = self.either()
            other = self.choice() if self.phrase(self.words["else"]) else 0
            value = np.where(test, value, other)
        if self.phrase(self.words["place"]):
            value = self.adjoint(value)
        return value

    def either(self):
        value = self.comparison()
        joints = {
            "and": np.logical_and,
            "or": np.logical_or,
            "&": np.bitwise_and,
            "|": np.bitwise_or,
        }
        while joint := self.take(*joints):
            value = joints[joint](value, self.comparison())
        return value

    def comparison(self):
        value, result = self.sum(), None
        while sign := self.take(*COMPARE):
            right = self.sum()
            holds = COMPARE[sign](value, right)
            result = holds if result is None else result & holds
            value = right
        return value if result is None else result

    def sum(self):
        value = -self.product() if self.take("−") else self.product()
        while sign := self.take("+", "−"):
            right = self.product()
            value = value + right if sign == "+" else value - right
        return value

    def product(self):
        value = self.prefix()
        while True:
            if self.take("·"):
                right = self.prefix()
                value = (
                    value * right
                    if np.ndim(value) == 0 or np.ndim(right) == 0
                    else np.matmul(value, right)
                )
            elif self.take("*"):
                value = value * self.prefix()
            elif self.take("/"):
                value = value / self.prefix()
            elif self.take("mod"):
                value = value % self.prefix()
            elif self.peek("(") and self.tokens[self.k - 1][0] == "number":
                value = value * self.prefix()
            else:
                return value

    def prefix(self):
        for word, f in (
            ("Σ", np.sum),
            (self.words["mean"], np.mean),
            ("max", np.max),
            ("min", np.min),
        ):
            if self.peek(word) and self.tokens[self.k + 1 : self.k + 2] not in (
                [("sign", "{")],
                [("sign", "(")],
            ):
                self.k += 1
                axis = self.axis()
                return f(self.prefix(), axis=axis)
            if (
                self.peek(word)
                and self.tokens[self.k + 1][1] == "("
                and f is not None
                and word != "not"
            ):
                self.k += 1
                return f(self.prefix())
        if self.take("not"):
            return np.logical_not(self.prefix())
        if self.take("~"):
            return np.invert(self.prefix())
        if self.take("+"):
            return self.prefix()
        return self.power()

    def axis(self):
        if self.phrase(self.words["all"]):
            return None
        for word, axis in (("rows", 0), ("columns", 1)):
            if self.phrase(self.words[word]):
                return axis
        if not self.phrase(self.words["axis"]):
            return None
        if self.take("("):
            self.expect(")")
            return ()
        axes = [int(self.tokens[self.k][1])]
        self.k += 1
        while self.peek(",") and self.tokens[self.k + 1][0] == "number":
            axes.append(int(self.tokens[self.k + 1][1]))
            self.k += 2
        return tuple(axes)

    def power(self):
        if self.take("√"):
            return np.sqrt(self.atom())
        value = self.atom()
        while self.k < len(self.tokens) and (self.tokens[self.k][0] == "up" or self.peek("^")):
            if self.take("^"):
                value = value ** self.atom()
            else:
                n = int("".join(SUPERSCRIPTS[c] for c in self.tokens[self.k][1]))
                self.k += 1
                value = np.asarray(value, float) ** n
        return value

    def atom(self):
        value = self.simple()
        while True:
            if self.take("ᵀ"):
                value = np.swapaxes(value, -1, -2) if np.ndim(value) > 1 else value
            elif self.peek("["):
                value = self.part(value)
            else:
                return value

    def part(self, value):
        self.expect("[")
        if self.tokens[self.k][0] == "name" and self.tokens[self.k + 1][1] == "]":
            # Of each row, what the label says.
            labels = self.names[self.tokens[self.k][1]]
            self.k += 2
            return np.take_along_axis(value, np.asarray(labels)[..., None], -1)[..., 0]
        index = self.index()
        self.expect("]")
        return value[index]

    def index(self):
        parts = []
        while not self.peek("]"):
            ends = []
            while True:
                ends.append(None if self.peek(":", ",", "]") else self.constant())
                if not self.take(":"):
                    break
            parts.append(ends[0] if len(ends) == 1 else slice(*ends))
            if not self.take(","):
                break
        return parts[0] if len(parts) == 1 else tuple(parts)

    def constant(self):
        """A number, a list of numbers, or a word of Python."""
        if self.take("["):
            items = []
            while not self.take("]"):
                items.append(self.constant())
                self.take(",")
            return items
        if word := self.take("None", "True", "False"):
            return {"None": None, "True": True, "False": False}[word]
        sign = -1 if self.take("−") else 1
        self.k += 1
        return sign * int(float(self.tokens[self.k - 1][1]))

    def simple(self):
        kind, text = self.tokens[self.k]
        self.k += 1
        if kind == "name":
            return self.names[text]
        if kind == "number":
            return float(text.replace("−", "-"))
        if kind == "text":
            return text[1:-1]
        if text == "(":
            return self.tuple()
        if text == "|":
            value = self.sum()
            self.expect("|")
            return np.abs(value)
        if text == "[":
            value = self.choice()
            if self.peek(","):  # a list, for what joins arrays
                value = [value]
                while self.take(","):
                    value.append(self.choice())
            elif not isinstance(value, np.ndarray) or value.dtype != bool:
                value = [value]
            self.expect("]")
            return value.astype(float) if isinstance(value, np.ndarray) else value
        if text == "−":
            return -self.power()
        if text in ("max", "min") and self.take("{"):
            a = self.choice()
            self.expect(",")
            b = self.choice()
            self.expect("}")
            return (np.maximum if text == "max" else np.minimum)(a, b)
        if kind == "word" and self.take("("):
            return self.call(text)
        if text in ("None", "True", "False"):
            return {"None": None, "True": True, "False": False}[text]
        if text == "pi":
            return math.pi
        raise AssertionError(f"{text!r} at {self.k} of {self.tokens}")

    def tuple(self):
        items = []
        while not self.take(")"):
            items.append(self.choice())
            if not self.take(","):
                self.expect(")")
                return items[0] if len(items) == 1 else tuple(items)
        return tuple(items)

    def call(self, name):
        args, options = [], {}
        while not self.take(")"):
            key = self.tokens[self.k][1]
            if (
                self.tokens[self.k + 1 : self.k + 2] == [("sign", "=")]
                and self.tokens[self.k][0] == "word"
            ):
                self.k += 2
                options[key] = None if self.phrase(self.words["all"]) else self.choice()
            else:
                args.append(self.choice())
            self.take(",")
        whole = lambda v: (
            tuple(map(whole, v))
            if isinstance(v, (tuple, list))
            else int(v)
            if isinstance(v, float) and (v == int(v))
            else v
        )
        options = {
            k: whole(v) if k in ("axis", "ddof", "repeats") else v for k, v in options.items()
        }
        if name == "onehot":
            return np.eye(self.wide[-1])[np.asarray(args[0], int)]
        if name in FUNCTIONS:
            return FUNCTIONS[name](*args, **options)
        if name in WITH_WHOLE:
            return getattr(np, name)(
                args[0], *map(whole, args[1:]), **{k: whole(v) for k, v in options.items()}
            )
        return getattr(np, name)(*args, **options)

    def adjoint(self, g):
        """g, each entry added to the place that the following expression took it from."""
        start, shapes = self.k, {k: v for k, v in self.names.items() if isinstance(v, np.ndarray)}
        end = len(self.tokens)
        source = (
            next(t[1] for t in self.tokens[start:end] if t[0] == "name")
            if any(t[0] == "name" for t in self.tokens[start:end])
            else None
        )
        if source is None:  # zeros(2, 3)[index]
            assert self.take("zeros"), self.tokens
            self.expect("(")
            shape = self.tuple()
            shape = tuple(map(int, np.atleast_1d(shape)))
            numbers = np.arange(math.prod(shape)).reshape(shape)
            places = self.part(numbers)
        else:
            shape = np.shape(shapes[source])
            numbers = np.arange(math.prod(shape)).reshape(shape)
            if self.take("sort"):
                self.expect("(")
                self.k += 1
                options = {}
                while self.take(","):
                    key = self.tokens[self.k][1]
                    self.k += 2
                    options[key] = None if self.phrase(self.words["all"]) else int(self.choice())
                self.expect(")")
                order = np.argsort(shapes[source], axis=options.get("axis", -1), kind="stable")
                places = (
                    order
                    if options.get("axis", -1) is None
                    else np.take_along_axis(numbers, order, options.get("axis", -1))
                )
            else:
                inside = Reader({**self.names, source: numbers}, self.words)
                inside.tokens, inside.k = self.tokens, self.k
                places = inside.atom()
                self.k = inside.k
                if self.tokens[start][1] == "pad":
                    # What was put in came from nowhere: a constant is told by padding numbers that
                    # are all others.
                    far = Reader({**self.names, source: numbers + 10**6}, self.words)
                    far.tokens, far.k = self.tokens, start
                    places = np.where(far.atom() - places == 10**6, places, -1)
        g = np.reshape(g, np.shape(places)) if np.size(g) == np.size(places) else g
        out = np.zeros(math.prod(shape) + 1)
        np.add.at(
            out,
            np.asarray(places, int).reshape(-1),
            np.broadcast_to(g, np.shape(places)).reshape(-1),
        )
        return out[:-1].reshape(shape)


def fitted(value, shape):
    """A value brought to the shape of what it equals: the engine stretches, pictures leave out axes
    of length 1."""
    value = np.asarray(value, float)
    if value.shape == tuple(shape):
        return value
    if value.size == math.prod(shape):
        return value.reshape(shape)
    return np.broadcast_to(value, shape)
