"""Facts as they are typed at the bench: `member 10000023 relation=retiree pin=1234`, `service next_payment none`.

What is typed is put as YAML and read like a test's facts, so that it is checked in the same way.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import yaml

from core.errors import Problem
from core.yaml_places import YamlNotes, compose, suggestion
from ivr.bench import samples
from ivr.bench.facts import EVERYWHERE, FAILED, Facts, merged, with_service
from ivr.bench.facts_form import FactsForm, person_to_plain
from ivr.bench.values import to_plain
from ivr.dialog.actions import Served
from ivr.self_service.service import Spec

A_MEMBER = samples.MEMBER  # whom facts are about that name no number
HELP = (
    "facts member 10000023 relation=retiree pin=1234 telephone=404-555-0123",
    "facts representative 700015 member=10000023 code=4711",
    "facts service next_payment scheduled amount=$1200.50 day=2026-12-01",
    'facts queue member_services wait="12 min" position=3 (or: closed)',
    'facts announced everywhere "We are closed because of ice."',
    "facts callbacks refused=all",
    "facts unanswered 1-800-633-4227",
)
_SECTIONS = {
    "member": "members",
    "representative": "representatives",
    "service": "services",
    "queue": "queues",
    "announced": "announced",
    "callbacks": "callbacks",
    "unanswered": "unanswered",
}


def added(facts: Facts, typed: str, services: Mapping[str, Spec], queues: Collection[str]) -> Facts:
    """These facts and what was typed. Raises `Problem` with everything that is wrong with it.

    `queues`: those of the document.
    """
    kind, *words = _split(typed)
    if kind not in _SECTIONS:
        meant = suggestion(kind, _SECTIONS)
        hint = f"Did you mean {meant!r}?" if meant else f"Expected one of {', '.join(_SECTIONS)}"
        raise Problem(f"there are no facts of the kind {kind!r}", remedy=hint)
    return merged(facts, _read({_SECTIONS[kind]: _section(facts, kind, words, queues)}, services))


def answered(facts: Facts, service: str, typed: str, services: Mapping[str, Spec] | None) -> Facts:
    """One more answer of a service, as `scheduled amount=$1200.50 day=2026-12-01`; values left out are made up."""
    outcome, *words = _split(typed)
    wanted = services[service].outcomes.get(outcome, ()) if services and service in services else ()
    made_up = {name: to_plain(value) for name, value in samples.values(wanted).items()}
    both = made_up | _fields(words)
    read = _read({"services": {service: {outcome: both} if both else outcome}}, services)
    served: Served = read.services[service][0]
    return with_service(facts, service, served)


def outcomes(service: str, services: Mapping[str, Spec] | None, known: Sequence[str] = ()) -> list[str]:
    """What may be typed as an answer of this service."""
    spec = (services or {}).get(service)
    named = {outcome: tuple(values) for outcome, values in spec.outcomes.items()} if spec else dict.fromkeys(known, ())
    lines = [" ".join([outcome, *(f"{value}=…" for value in values)]) for outcome, values in named.items()]
    return [*lines, FAILED]


def _split(typed: str) -> list[str]:
    try:
        words = shlex.split(typed)
    except ValueError as error:
        raise Problem(f"a quotation mark too many or too few ({error})", place=typed) from None
    if not words:
        raise Problem("nothing was said", remedy="Say ? for what there is")
    return words


def _section(facts: Facts, kind: str, words: list[str], queues: Collection[str]) -> Any:
    match kind:
        case "member":
            number, fields = _named(words, A_MEMBER)
            there = facts.members.get(number)
            before = (person_to_plain(there) or {}) if there else {}
            return {number: {**before, **fields}}
        case "representative":
            number, fields = _named(words, "")
            if fields.get("member", "") not in facts.members:
                raise Problem(
                    f"there is no member {fields.get('member', '')!r}", remedy="Add them first: facts member …"
                )
            return {number: fields}
        case "service":
            name, *outcome = words or [""]
            return {name: _outcome(outcome)}
        case "queue":
            name, *rest = words or [""]
            if name not in queues:
                raise Problem(f"there is no queue {name!r}", remedy=f"There are {', '.join(sorted(queues))}")
            return {name: "closed" if rest == ["closed"] else _fields(rest)}
        case "announced":
            queue, *texts = words if words[:1] and words[0] in (EVERYWHERE, *queues) else [EVERYWHERE, *words]
            return {queue: " ".join(texts)}
        case "callbacks":
            told: dict[str, Any] = _fields(words)
            if "refused" in told and told["refused"] != "all":
                told["refused"] = told["refused"].split(",")
            return told
        case _:
            return [*facts.unanswered, *words]


def _named(words: list[str], default: str) -> tuple[str, dict[str, str]]:
    """A number and fields, either of which may be left out."""
    number, rest = (words[0], words[1:]) if words and "=" not in words[0] else (default, words)
    if not number:
        raise Problem("no number", remedy="Give one before the fields")
    return number, _fields(rest)


def _fields(words: Sequence[str]) -> dict[str, str]:
    fields = dict(word.partition("=")[::2] for word in words)
    if bare := [word for word in words if "=" not in word]:
        raise Problem(f"{' '.join(bare)!r} is no field", remedy="Write fields as name=value, with quotes around spaces")
    return fields


def _outcome(words: Sequence[str]) -> Any:
    if not words:
        raise Problem("no outcome", remedy="Give what comes of the service")
    return {words[0]: _fields(words[1:])} if len(words) > 1 else words[0]


def _read(plain: Any, services: Mapping[str, Spec] | None) -> Facts:
    notes = YamlNotes()
    text = yaml.dump(plain, Dumper=_Plain, allow_unicode=True)
    facts = FactsForm(notes, services).read(compose("facts", text))
    if notes.findings:
        raise Problem("; ".join(finding.told for finding in notes.findings))
    return facts


class _Plain(yaml.SafeDumper):
    """What was typed has no quotes: numbers and truths are meant as such."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    if text.isascii() and text.isdigit():
        return dumper.represent_scalar("tag:yaml.org,2002:int", text)
    if text in ("true", "false", "yes", "no"):
        return dumper.represent_scalar("tag:yaml.org,2002:bool", text)
    return dumper.represent_str(text)


_Plain.add_representer(str, _written)
