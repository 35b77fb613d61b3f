"""A step in few words, as a drawing needs it: what it says, and each way on with what it is called."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ivr.document.model import (
    Announce,
    AnyStep,
    Branch,
    Choose,
    Collect,
    Condition,
    Identify,
    Menu,
    Outside,
    Queue,
    Serve,
)
from ivr.document.ways import Way, ways

MOST_LETTERS = 90


@dataclass(frozen=True)
class Row:
    """A way on. `bare`: it needs no words where a line shows it. `failure`: not what the caller came for."""

    where: tuple[str | int, ...]
    target: str
    label: str
    key: str = ""
    bare: bool = False
    failure: bool = False


def rows(step: AnyStep) -> list[Row]:
    """In the order of the document. What every menu does by itself (`0`) is no row.

    Outcomes that lead to the same step are one row.
    """
    found = [_row(step, way) for way in ways(step) if way.where]
    if not isinstance(step, Serve | Identify):
        return found
    together: dict[tuple[str, bool], Row] = {}
    for row in found:
        first = together.setdefault((row.target, row.failure), row)
        if first is not row:
            together[(row.target, row.failure)] = replace(first, label=f"{first.label}, {row.label}")
    return list(together.values())


def _row(step: AnyStep, way: Way) -> Row:
    where, target = way.where, way.target
    match step, where:
        case Menu(), ("options", str() as key, _):
            return Row(where, target, way.label, key)
        case Branch(), ("cases", int() as number, _):
            return Row(where, target, condition(step.cases[number].when))
        case Serve(), ("outcomes", *_):
            return Row(where, target, way.label.replace("_", " "))
        case Serve(), ("identify",):
            return Row(where, target, "not verified yet", failure=True)
        case Identify(), ("verified",):
            return Row(where, target, "verified")
        case _, ("next",):
            return Row(where, target, "then", bare=True)
        case Branch(), ("otherwise",):
            return Row(where, target, "otherwise")
        case _:
            return Row(where, target, way.label or str(where[0]), failure=True)


def says(step: AnyStep, language: str) -> str:
    """What it says first, cut short, or what it asks for."""
    match step:
        case Announce():
            text = " ".join(prompt.texts.get(language, "") for prompt in step.say)
        case Queue():
            text = f"queue {step.queue}" + (f", priority {step.priority}" if step.priority is not None else "")
            text += f", {step.hours} hours" if step.hours else ""
            text += ", call back offered" if step.callback else ""
        case Serve():
            text = step.service if step.service != step.about else ""
        case Collect():
            text = f"{step.name} ({step.kind.replace('_', ' ')})"
        case Outside():
            text = step.number
        case Choose():
            text = ", ".join(f"{key} {name}" for key, name in step.keys.items())
        case _:
            text = ""
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1].rstrip()}…"


def condition(when: Condition) -> str:
    """`when` in words."""
    parts: list[str] = []
    for name in Condition.__struct_fields__:
        value = getattr(when, name)
        if value in (None, (), {}):
            continue
        match value:
            case bool():
                parts.append(name if value else f"not {name}")
            case dict():
                parts += [f"{key} is {text}" for key, text in value.items()]
            case tuple():
                parts.append(f"{name} {' or '.join(value)}")
            case _:
                parts.append(f"{name} {value}")
    return ", ".join(parts)
