"""What the ways of a document show: what is never reached, what never ends, and which values there are where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.yaml_places import cut, suggestion
from ivr.document.forms import Path
from ivr.document.model import (
    ALWAYS,
    AnyStep,
    Branch,
    Collect,
    Document,
    Goodbye,
    Identify,
    Leave,
    Menu,
    Outside,
    Prompt,
    Queue,
    Say,
    Serve,
    Step,
)
from ivr.document.notes import Notes
from ivr.document.prompts import placeholders
from ivr.document.ways import Edge, Graph
from ivr.self_service.service import Spec

_ENDS = (Queue, Outside, Goodbye)
Values = frozenset[str]
Given = Values | None  # None: not known, as after a service that is not; then nothing is said of them


def check(notes: Notes, document: Document, meant: Mapping[str, str], services: Mapping[str, Spec] | None) -> None:
    """`meant` is what each misspelt target stands for; "": nothing near it."""
    graph = Graph(document, {wrong: right for wrong, right in meant.items() if right})
    reached = graph.reached(graph.start, graph.person)
    if not graph.broken and graph.start in document.steps:  # else what is missing may be what leads there
        for name, step in document.steps.items():
            if name not in reached:
                what = "menu" if isinstance(step, Menu) else "step"
                notes.add(("steps", name), f"the {what} {cut(name)}, which nothing leads to", "a way there from start")
    _ways_out(notes, graph)
    for circle in graph.silent_circles():
        names = " → ".join((*circle, circle[0])) if len(circle) < 8 else f"{' → '.join(circle[:7])} …"
        notes.add(
            ("steps", circle[0]), f"a loop without input: {names}", "a step in it that ends when nothing is pressed"
        )
    for name, way in graph.astray:
        if way.where and name in reached:
            notes.add(("steps", name, *way.where), "back where no menu comes before", "a step, or person")
    _values(notes, graph, services)


def _ways_out(notes: Notes, graph: Graph) -> None:
    """Where callers are asked and cannot come to an end. A circle in which they are not asked is told as a loop."""
    into: dict[str, set[str]] = {name: set() for name in graph.out}
    for name, edges in graph.out.items():
        for edge in edges:
            into[edge.target].add(name)
    waiting = [name for name, step in graph.document.steps.items() if isinstance(step, _ENDS)]
    waiting += graph.broken  # a way to a misspelt target may be one out
    ending: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in ending:
            ending.add(name)
            waiting += into[name]
    for name, step in graph.document.steps.items():
        if name not in ending and isinstance(step, Menu | Collect | Identify):
            what = "menu" if isinstance(step, Menu) else "step"
            notes.add(
                ("steps", name), f"the {what} {cut(name)} without a way out", "a way to a queue, outside or goodbye"
            )


# --- values -------------------------------------------------------------------------------------


def _values(notes: Notes, graph: Graph, services: Mapping[str, Spec] | None) -> None:
    """Every `{name}` must have been given on every way that leads to where it is named."""
    document = graph.document
    known = _at_each(graph, services)
    ever = _ever(document, services)
    for name, step in document.steps.items():
        if name not in known:
            continue  # nothing leads there, which has been told
        given = known[name]
        for where, say, own in _said(step):
            at: Path = ("steps", name, *where)
            extra = own
            if isinstance(step, Serve) and where[0] == "outcomes":
                outcome = _outcome(step, str(where[1]), services)
                _named(notes, at, say, None if given is None or outcome is None else given | outcome | extra)
                continue
            _named(notes, at, say, None if given is None else given | extra)
        if ever is not None:
            _used(notes, ("steps", name), step, ever)
    for name, say in document.standard.items():
        _named(notes, ("prompts", name), say, frozenset())


def _named(notes: Notes, at: Path, say: Say, given: Given) -> None:
    if given is None:
        return
    allowed = given | set(ALWAYS)
    for i, prompt in enumerate(say):
        names = dict.fromkeys(name for text in prompt.texts.values() for name in placeholders(text))
        for name in names:
            if name not in allowed:
                expected = f"one of {', '.join(sorted(allowed))}"
                found = f"{{{name}}}, which is not given on every way here"
                notes.add((*at, i), found, expected, meant=suggestion(name, allowed))


def _used(notes: Notes, at: Path, step: AnyStep, ever: Values) -> None:
    """Inputs, facts and conditions may name what is given on some ways only: it is then empty."""
    texts: dict[Path, str] = {}
    names: dict[Path, str] = {}
    if isinstance(step, Serve):
        texts = {("using", name): text for name, text in step.using.items()}
    elif isinstance(step, Queue):
        texts = {("facts", name): text for name, text in step.facts.items()}
    elif isinstance(step, Branch):
        names = {
            ("cases", i, "when", "value", name): name for i, case in enumerate(step.cases) for name in case.when.value
        }
    named = [(where, name) for where, text in texts.items() for name in placeholders(text)]
    for where, name in (*named, *names.items()):
        if name not in ever:
            expected = (
                f"one of {', '.join(sorted(ever))}"
                if ever
                else "a value that a step collects, an option keeps or a service gives"
            )
            notes.add(
                (*at, *where), f"the value {cut(name)}, which nothing gives", expected, meant=suggestion(name, ever)
            )


def _ever(document: Document, services: Mapping[str, Spec] | None) -> Given:
    """Everything that any step collects, any option keeps or any service gives."""
    names: set[str] = set()
    for step in document.steps.values():
        if isinstance(step, Collect):
            names.add(step.name)
        elif isinstance(step, Menu):
            names.update(*(option.value for option in step.options.values()))
        elif isinstance(step, Serve):
            for outcome in step.outcomes:
                if (given := _outcome(step, outcome, services)) is None:
                    return None
                names |= given
    return frozenset(names)


def _outcome(step: Serve, outcome: str, services: Mapping[str, Spec] | None) -> Given:
    spec = services.get(step.service) if services is not None else None
    return None if spec is None or outcome not in spec.outcomes else frozenset(spec.outcomes[outcome])


def _at_each(graph: Graph, services: Mapping[str, Spec] | None) -> dict[str, Given]:
    """What every way to a step gives: the meet over all ways, worked until nothing changes any more."""
    steps = graph.document.steps
    starts = [name for name in (graph.start, graph.person) if name in steps]
    at: dict[str, Given] = dict.fromkeys(starts, frozenset())
    collected = {step.name for step in steps.values() if isinstance(step, Collect)}
    direct = {edge.target for edges in graph.out.values() for edge in edges if not _detour(edge)} | set(starts)
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        for edge in graph.out[name]:
            if edge.way.target == "back" or (_detour(edge) and edge.target in direct):
                continue  # back: what that menu knew is known still; a detour comes back here
            given = _after(steps[name], edge, at[name], collected, services)
            before = at.get(edge.target, given)
            meet = before if given is None else given if before is None else before & given
            if edge.target not in at or meet != before:
                at[edge.target] = meet
                waiting.append(edge.target)
    return at


def _detour(edge: Edge) -> bool:
    return edge.way.where == ("identify",)


def _after(step: Step, edge: Edge, given: Given, collected: set[str], services: Mapping[str, Spec] | None) -> Given:
    match step:
        case Collect() if edge.way.where == ("next",) and not step.secret:
            return None if given is None else given | {step.name}
        case Menu() if edge.way.where[:1] == ("options",):  # what it keeps is in no text
            return None if given is None else given - step.options[str(edge.way.where[1])].value.keys()
        case Serve() if edge.way.where[0] == "outcomes":
            outcome = _outcome(step, str(edge.way.where[1]), services)
            return None if given is None or outcome is None else given | outcome
        case Identify():  # what services told of one member is not told to another
            return None if given is None else frozenset(given & collected)
    return given


def _said(step: AnyStep) -> Iterator[tuple[Path, Say, Values]]:
    """Everything that a step says: its field, and the values that it alone knows there."""
    nothing: Values = frozenset()
    for field in step.__struct_fields__:
        value = getattr(step, field)
        if isinstance(value, tuple) and value and isinstance(value[0], Prompt):
            yield (field,), value, _OWN.get((type(step), field), nothing) | _value_name(step, field)
    match step:
        case Menu():
            for key, option in step.options.items():
                yield ("options", key, "say"), option.say, nothing
        case Serve():
            for outcome, reply in step.outcomes.items():
                yield ("outcomes", outcome, "say"), reply.say, nothing
        case Queue(callback=offer) if offer is not None:
            for field, own in _OFFER.items():
                yield ("callback", field), getattr(offer, field), own
    if isinstance(step, Menu | Collect | Identify):
        for field in ("silent", "wrong", "over"):
            yield ("tries", field), getattr(step.tries, field), nothing


def _value_name(step: AnyStep, field: str) -> Values:
    return frozenset({step.name}) if isinstance(step, Collect) and field == "confirm" else frozenset()


_NUMBER: Values = frozenset({"number"})
_KEPT: Values = frozenset({"number", "reference"})
_OWN: dict[tuple[type[Step], str], Values] = {
    (Collect, "confirm"): frozenset({"value"}),
    (Queue, "wait"): frozenset({"wait", "position"}),
    (Leave, "confirm"): _NUMBER,
    (Leave, "accepted"): _KEPT,
    (Outside, "say"): _NUMBER,
}
_OFFER: dict[str, Values] = {
    "say": frozenset({"wait", "position"}),
    "confirm": _NUMBER,
    "number": frozenset(),
    "accepted": _KEPT,
    "refused": frozenset(),
}
