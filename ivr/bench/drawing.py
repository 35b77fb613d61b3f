"""A menu as a graph for Graphviz: one shape for each kind of step, a row for each way on, a box for each file.

What leads forward is a line. What leads back, or to a step that much leads to already, is named in its row instead
(`→ Main menu`), as are `back` and a person: a hundred lines to the same place tell nothing. That a failure leads to a
person goes without saying. `every_way` draws every way.
"""

from __future__ import annotations

import html
import textwrap
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from core.yaml_places import Place
from ivr.bench.step_words import Row, rows, says
from ivr.document.model import BACK, PERSON, AnyStep, Document
from ivr.document.ways import Edge, Graph

_POINTED = ("cds", "rarrow")  # Graphviz puts a text too near to their edges
MOST_LINES = 4  # drawn to one step; what else leads there names it

_FONT = "DejaVu Sans"
_WIDTH = 34  # letters of a line
_PERSON, _BACK = "☎ a person", "↩ back"
_RED, _GREY, _LINE = "#c62828", "#616161", "#37474f"
_PAPER = ("#f7f9fc", "#fbf8f3", "#f5faf5", "#fbf5f8")  # behind the files, one after the other


@dataclass(frozen=True)
class Look:
    """How a kind of step is drawn: Graphviz's shape, the colour of its head, and what it is called."""

    shape: str
    colour: str
    about: str


LOOKS: Mapping[str, Look] = {
    "announce": Look("box", "#cfd8dc", "says"),
    "choose": Look("plain", "#b3e5fc", "choice of language"),
    "consent": Look("note", "#cfd8dc", "notice of recording"),
    "menu": Look("plain", "#90caf9", "menu"),
    "collect": Look("cds", "#ffe082", "asks for"),
    "identify": Look("octagon", "#ffcc80", "who calls"),
    "branch": Look("hexagon", "#e1bee7", "depends on"),
    "serve": Look("component", "#c5e1a5", "self-service"),
    "queue": Look("cylinder", "#80cbc4", "on to people"),
    "leave": Look("tab", "#b2dfdb", "call back later"),
    "outside": Look("rarrow", "#80cbc4", "another agency"),
    "goodbye": Look("ellipse", "#eeeeee", "the end"),
}


def dot(document: Document, place: Mapping[str, Place], *, every_way: bool = False) -> str:
    """In Graphviz's language. `place` is where each step stands: its file is the box that it is in."""
    return "\n".join(_Drawing(document, place, every_way).lines())


class _Drawing:
    def __init__(self, document: Document, place: Mapping[str, Place], every_way: bool) -> None:
        self._document, self._place, self._every_way = document, place, every_way
        self._graph = Graph(document)
        self._reached = self._graph.reached(self._graph.start, self._graph.person)
        self._drawn = set(_lines(self._graph, every_way))

    def lines(self) -> Iterator[str]:
        document = self._document
        yield "digraph menu {"
        yield f'  graph [fontname="{_FONT}", fontsize=22, labelloc=t, rankdir=LR, nodesep=0.22, ranksep=0.7, pad=0.4,'
        yield f"    label=<{self._title()}>];"
        yield f'  node [fontname="{_FONT}", fontsize=11, color="{_LINE}", margin="0.12,0.06"];'
        yield f'  edge [fontname="{_FONT}", fontsize=9, color="{_LINE}", arrowsize=0.7];'
        files = self._files()
        for number, (file, names) in enumerate(files.items()):
            if len(files) > 1:
                paper = _PAPER[number % len(_PAPER)]
                yield f"  subgraph cluster_{number} {{"
                yield f'    label={_quoted(PurePath(file).stem)}; fontsize=16; style="rounded,filled";'
                yield f'    fillcolor="{paper}"; color="#b0bec5";'
            for name in names:
                yield f"    {self._node(name, document.steps[name])}"
            if len(files) > 1:
                yield "  }"
        yield from self._edges()
        yield "}"

    def _title(self) -> str:
        document = self._document
        kinds = dict.fromkeys(_kind(step) for step in document.steps.values())
        cells = "".join(
            f'<td bgcolor="{LOOKS[kind].colour}"><font point-size="11">{LOOKS[kind].about}</font></td>'
            for kind in kinds
        )
        name = f"<b>{_text(document.name)}</b> <font point-size='12'>version {document.version}</font>"
        lines = "dashed: a failure, or too many tries; where nothing is said of them they lead to a person, as 0 does"
        return (
            f'<table border="0" cellborder="0" cellspacing="3"><tr><td colspan="{len(kinds)}">{name}</td></tr>'
            f"<tr>{cells}</tr>"
            f'<tr><td colspan="{len(kinds)}"><font point-size="11" color="{_GREY}">{lines}</font></td></tr></table>'
        )

    def _files(self) -> dict[str, list[str]]:
        files: dict[str, list[str]] = {}
        for name in self._document.steps:
            files.setdefault(self._place[name].file if name in self._place else "", []).append(name)
        return files

    # --- steps

    def _node(self, name: str, step: AnyStep) -> str:
        look = LOOKS[_kind(step)]
        lost = name not in self._reached
        body = "".join(self._row(name, row) for row in self._rows(step))
        head = "<br/>".join(f"<b>{_text(line)}</b>" for line in textwrap.wrap(step.about or name, _WIDTH))
        if step.about and step.about != name:
            head += f'<br/><font point-size="8" color="{_GREY}">{_text(name)}</font>'
        said = _wrapped(says(step, self._document.languages[0] if self._document.languages else ""))
        text = f'<tr><td align="left" colspan="2"><font point-size="9">{said}</font></td></tr>' if said else ""
        # Only a plain table has lines of its own; in a shape it is the shape that has them.
        border = '0" cellborder="1' if look.shape == "plain" else '0" cellborder="0'
        colour = "#ffcdd2" if lost else look.colour
        mark = f' bgcolor="{colour}"' if look.shape == "plain" else ""
        label = (
            f'<table border="{border}" cellspacing="0" cellpadding="3" color="{_RED if lost else _LINE}">'
            f'<tr><td port="head" colspan="2"{mark}>{head}</td></tr>{text}{body}</table>'
        )
        style = "" if look.shape == "plain" else f', style="filled{",rounded" if look.shape == "box" else ""}"'
        red = f', color="{_RED}", penwidth=2' if lost else ""
        room = ', margin="0.2,0.14"' if look.shape in _POINTED else ""
        doubled = ", penwidth=3" if name == self._graph.person else ""
        return (
            f'{_quoted(name)} [shape={look.shape}, fillcolor="{colour}"{style}{red}{doubled}{room}, label=<{label}>];'
        )

    def _rows(self, step: AnyStep) -> list[Row]:
        """Without the failures that lead to a person, unless every way is drawn."""
        people = (PERSON, self._document.person)
        return [row for row in rows(step) if self._every_way or not (row.failure and row.target in people)]

    def _row(self, name: str, row: Row) -> str:
        if row.bare and self._line(name, row):
            return ""
        badge = "" if self._line(name, row) else self._badge(row)
        words = (
            f'<font point-size="9" color="{_GREY}"><i>{_text(row.label)}</i></font>'
            if row.failure
            else _wrapped(row.label)
        )
        white = ' bgcolor="white"' if LOOKS[_kind(self._document.steps[name])].shape == "plain" else ""
        key = f"<b>{_text(row.key)}</b> " if row.key else ""
        port = f' port="{_port(row)}"'
        if not badge:
            return f'<tr><td align="left" colspan="2"{port}{white}>{key}{words}</td></tr>'
        return f'<tr><td align="left"{white}>{key}{words}</td><td align="right"{port}{white}>{badge}</td></tr>'

    def _line(self, name: str, row: Row) -> bool:
        return any((edge.source, edge.way.where, edge.target) in self._drawn for edge in self._edges_of(name, row))

    def _edges_of(self, name: str, row: Row) -> Iterable[Edge]:
        return (edge for edge in self._graph.out[name] if edge.way.where == row.where and row.where)

    def _badge(self, row: Row) -> str:
        """What a way that is not drawn leads to, in words."""
        target = self._document.steps.get(row.target)
        if row.target in (PERSON, self._document.person):
            words, colour = _PERSON, "#00695c"
        elif row.target == BACK:
            words, colour = _BACK, _GREY
        elif target is None:
            words, colour = f"→ {row.target}?", _RED
        else:
            words, colour = f"→ {target.about or row.target}", "#1565c0"
        return f'<font point-size="9" color="{colour}">{_text(words)}</font>'

    # --- lines

    def _edges(self) -> Iterator[str]:
        for name, step in self._document.steps.items():
            for row in self._rows(step):
                for edge in self._edges_of(name, row):
                    if (edge.source, edge.way.where, edge.target) not in self._drawn:
                        continue
                    start = _quoted(name) if row.bare else f"{_quoted(name)}:{_port(row)}:e"
                    style = ' [style=dashed, color="#90a4ae"]' if row.failure else ""
                    plain = LOOKS[_kind(self._document.steps[edge.target])].shape == "plain"
                    end = ":head:w" if plain else "" if row.failure else ":w"
                    yield f"  {start} -> {_quoted(edge.target)}{end}{style};"


def _lines(graph: Graph, every_way: bool) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """The ways that are drawn as lines: the first that leads to each step, and such as lead forward to a quiet one."""
    depth, first = _depths(graph)
    edges = [edge for each in graph.out.values() for edge in each if edge.way.where]
    forward = [edge for edge in edges if depth.get(edge.target, 0) > depth.get(edge.source, 0)]
    busy = Counter(edge.target for edge in forward)
    for edge in edges:
        leads = (edge.source, edge.way.where, edge.target)
        quiet = edge in forward and busy[edge.target] <= MOST_LINES and edge.target != graph.person
        if every_way or quiet or leads == first.get(edge.target):
            yield leads


def _depths(graph: Graph) -> tuple[dict[str, int], dict[str, tuple[str, tuple[str | int, ...], str]]]:
    """How many steps from the start each step is, and the way that leads there first."""
    depth, first = {graph.start: 0}, {}
    waiting = deque([graph.start])
    while waiting:
        name = waiting.popleft()
        for edge in graph.out.get(name, ()):
            if edge.target not in depth and edge.way.where:
                depth[edge.target] = depth[name] + 1
                first[edge.target] = (name, edge.way.where, edge.target)
                waiting.append(edge.target)
    return depth, first


def _kind(step: AnyStep) -> str:
    return type(step).__name__.lower()


def _port(row: Row) -> str:
    return "p" + "_".join("".join(c if c.isalnum() else f"x{ord(c):x}" for c in str(part)) for part in row.where)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str) -> str:
    return html.escape(text, quote=True)


def _wrapped(text: str) -> str:
    """Lines of a readable length, the last one to the left as well."""
    lines = [_text(line) for line in textwrap.wrap(text, _WIDTH)]
    return lines[0] if len(lines) == 1 else "".join(f'{line}<br align="left"/>' for line in lines)
