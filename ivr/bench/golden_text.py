"""Golden tests written as YAML: of a call that was walked through, or of one that was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from ivr.bench import facts_form
from ivr.bench.doings import Doing, HangsUp, Presses, Says, SetsClock, Waits
from ivr.bench.facts import DEFAULT_NOW, Facts, Given
from ivr.bench.golden import ended, learned
from ivr.bench.values import as_date
from ivr.bench.walk import Walk

_NUMBER = re.compile(r"0|[1-9]\d*", re.ASCII)
_WIDTH = 110

Plain = dict[str, Any]


def of_walk(name: str, walk: Walk) -> Plain:
    """A test that asks for all of this call: every prompt, the end, and what was learnt."""
    lines: list[Any] = []
    for turn in walk.turns:
        if turn.doing is not None:
            lines.append(line(turn.doing))
        if heard := [_literal(each.text) for each in turn.heard]:
            lines.append({"hears": heard[0] if len(heard) == 1 else heard})
    return test(name, walk.given, lines, end(walk), learnt(walk))


def test(name: str, given: Given, lines: Sequence[Any], ends: Any, known: Plain) -> Plain:
    return {"name": name, **arrival(given), "call": list(lines), "ends": ends, "learnt": known}


def arrival(given: Given) -> Plain:
    """What is not as it is by default."""
    told: Plain = {}
    if given.now != DEFAULT_NOW:
        told["now"] = f"{given.now:%Y-%m-%d %H:%M}"
    for name in ("calls_from", "dialled", "language"):
        if value := getattr(given, name):
            told[name] = value
    if given.facts != Facts():
        told["facts"] = facts_form.to_plain(given.facts)
    return told


def line(doing: Doing) -> str | Plain:
    match doing:
        case Presses(keys, entered):
            return {"enters" if entered else "presses": keys}
        case Says(text, clearly):
            return {"says" if clearly else "mumbles": text}
        case Waits():
            return "waits"
        case HangsUp():
            return "hangs_up"
        case SetsClock(now):
            return {"at": f"{now:%Y-%m-%d %H:%M}"}


def end(walk: Walk) -> str | Plain:
    found = ended(walk)
    if "how" in found:
        return str(found["how"])
    return {name: _listed(value) for name, value in found.items() if value not in (None, (), {})}


def learnt(walk: Walk) -> Plain:
    return {name: _listed(value) for name, value in learned(walk).items() if value or name == "path"}


def dump(tests: Iterable[Plain], *, document: str = "", comment: str = "") -> str:
    """A file of tests. `comment` is put before it, each of its lines as one."""
    whole: Plain = ({"document": document} if document else {}) | {"tests": [_bare(each) for each in tests]}
    written = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    said = "".join(f"# {each}".rstrip() + "\n" for each in comment.splitlines())
    return said + str(written)


class _Dumper(yaml.SafeDumper):
    """Items of a list are indented, and nothing is written as an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _literal(text: str) -> str:
    """Words that are not taken for a regular expression."""
    return text[1:] if len(text) > 2 and text.startswith("/") and text.endswith("/") else text


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _bare(value: Any) -> Any:
    """Numbers and days that were text stand without quotes: the reader takes them as text again."""
    if isinstance(value, dict):
        return {_bare(name): _bare(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    return as_date(value) or value if isinstance(value, str) else value
