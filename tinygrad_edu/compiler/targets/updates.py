"""The lines of a program that write into memory: assignments to a tensor, and an optimizer's step,
which is written out from the lines that the optimizer is declared by."""

from __future__ import annotations

from ...optim.update import FLUSH_EVERY, flush, is_declared
from ..ir.program import Effect, Program
from .names import identifier
from .numpy_expressions import NumpyPrinter


def effect_lines(effect: Effect, program: Program, printer: NumpyPrinter) -> list[str]:
    """The lines of a write, or of an optimizer's step."""
    names = printer.names
    if effect.kind == "write":
        target = names.tensor_name(effect.target, program.argument_of(effect.target))
        return [f"{target}[{printer.index(effect.index)}] = {printer.value(effect.values[0])}"]
    optimizer = effect.target
    me = names.object_name(optimizer, identifier(type(optimizer).__name__.lower()))
    if not inlines(effect):
        return [f"{me}.step()"]
    rate, update = names.fresh("rate"), optimizer.rule()
    lines = [f"{me}.clip()", f"{rate} = {me}.next_rate()"]
    for group, state in zip(optimizer.groups, optimizer.state, strict=True):
        arrays = {"w": group.values, "g": group.gradients, **state}
        own = {"rate": rate, "t": f"{me}.iterations", "FLUSH_EVERY": str(FLUSH_EVERY)}
        own |= {key: names.object_name(array, key) for key, array in arrays.items()}
        own |= {key: names.setting(optimizer, me, key) for key in update.rule.settings}
        own["flush"] = names.object_name(flush, "flush")
        for line in update.lines:  # a value of this step
            own.setdefault(line.target, names.fresh(line.target))
        lines += update.text(own.__getitem__, comments=names.inline)
    return lines


def gathered(effect: Effect, printer: NumpyPrinter) -> list[str]:
    """All gradients, one after the other, into the buffer that the optimizer reads."""
    values, lines = iter(effect.values), []
    for group in effect.target.groups:
        parts = ", ".join(printer.value(next(values)) for _ in group.tensors)
        buffer = printer.names.object_name(group.gradients, "g")
        lines.append(f"np.concatenate([{parts}], axis=None, out={buffer})")
    return lines


def inlines(effect: Effect) -> bool:
    """Whether an optimizer's step can be written out: its lines say all of it, every parameter is
    trained, and has its gradient from here."""
    optimizer = effect.target
    return (
        is_declared(optimizer)
        and all(v is not None for v in effect.values)
        and all(p.requires_grad for g in optimizer.groups for p in g.tensors)
        # what was thawed later has a count of its own
        and not any(g.born for g in optimizer.groups)
    )
