"""What can be wrong with a document whose every field was understood. Pure: values in, findings out.

Here is what one step or one prompt shows by itself and the names that they use; `ivr.document.flow` follows the ways
between the steps.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.yaml_places import Finding, cut, suggestion
from ivr.document import flow
from ivr.document.forms import Context, Path
from ivr.document.model import (
    BACK,
    PERSON,
    STANDARD,
    Branch,
    Choose,
    Collect,
    Condition,
    Consent,
    Document,
    Identify,
    Menu,
    Prompt,
    Queue,
    Serve,
)
from ivr.document.notes import Notes
from ivr.document.prompts import placeholders
from ivr.document.ways import ways
from ivr.self_service.service import Spec
from ivr.speech.phrases import Phrase, phrase_of

LONGEST_S = 20.0  # callers do not listen to one prompt for longer
MOST_OPTIONS = 9
_CHARACTERS_A_SECOND = 13.0  # measured with the default voice at its default pace, English and Spanish alike
_VALUE_S = 1.5  # an amount, a date, a number said


def check(document: Document, context: Context, services: Mapping[str, Spec] | None) -> list[Finding]:
    """Everything, in no order. `services` None: they are not known, and not checked."""
    notes = Notes(context)
    complete = context.steps == document.steps.keys()  # a step that could not be read may use and lead to anything
    _prompts(notes, document, context)
    _hours(notes, document)
    if complete:
        _unused(notes, document, context)
    meant = _targets(notes, document, context.steps)
    for name, step in document.steps.items():
        at: Path = ("steps", name)
        match step:
            case Menu():
                _menu(notes, at, step, document)
            case Choose():
                _choose(notes, at, step, document)
            case Consent():
                _only_digit(notes, (*at, "refuse"), step.refuse, "the key that refuses")
            case Collect():
                _collect(notes, at, step)
            case Identify():
                _identify(notes, at, step)
            case Branch():
                _branch(notes, at, step, document)
            case Serve():
                _serve(notes, at, step, document, services)
            case Queue():
                _queue(notes, at, step, document)
            case _:
                pass  # nothing but targets and prompts
    if complete:
        flow.check(notes, document, meant, services)
    return notes.findings


# --- prompts and hours --------------------------------------------------------------------------


def _prompts(notes: Notes, document: Document, context: Context) -> None:
    own = _in_their_own(document)
    for where, prompt in context.written.items():
        wanted = own.get(where, document.languages)
        missing = [language for language in wanted if language not in prompt.texts]
        if missing and prompt.texts:  # one without any text has been told
            notes.add(where, f"no text in {', '.join(missing)}", "one in each language of the document")
        for language in prompt.texts:
            _length(notes, where, prompt, language, context)
        named = {language: set(placeholders(text)) for language, text in prompt.texts.items()}
        for language, names in named.items():
            if language in prompt.recorded and names:
                found = f"a recorded file for a text with {{{min(names)}}}"
                notes.add((*where, "recorded", language), found, "a text without values, which a recording cannot say")


def _in_their_own(document: Document) -> dict[Path, tuple[str, ...]]:
    """A choice of languages with one prompt for each key says each in its own language only."""
    return {
        ("steps", name, "say", i): (language,) if language in document.languages else ()
        for name, step in document.steps.items()
        if isinstance(step, Choose) and len(step.say) == len(step.keys)
        for i, language in enumerate(step.keys.values())
    }


def spoken_s(text: str) -> float:
    """About how long a text takes, in seconds."""
    named = placeholders(text)
    letters = len(text) - sum(len(name) + 2 for name in named)
    return letters / _CHARACTERS_A_SECOND + _VALUE_S * len(named)


def _length(notes: Notes, where: Path, prompt: Prompt, language: str, context: Context) -> None:
    """Of a recorded file its real length, where it is at hand."""
    most = f"at most {LONGEST_S:.0f} s"
    if language in prompt.recorded:
        sound = context.sounds.get(prompt.recorded[language])
        if sound is not None and sound.seconds > LONGEST_S:
            notes.add((*where, "recorded", language), f"a prompt of {sound.seconds:.0f} s", most, warning=True)
    elif (seconds := spoken_s(prompt.texts[language])) > LONGEST_S:
        notes.add((*where, language), f"a prompt of about {seconds:.0f} s", most, warning=True)


def _hours(notes: Notes, document: Document) -> None:
    for name, hours in document.hours.items():
        if not any(hours.days.values()) and not any(hours.special.values()):
            notes.add(("hours", name), f"the hours {cut(name)}, which never open", "a day with a stretch as 8:00-17:00")


def _unused(notes: Notes, document: Document, context: Context) -> None:
    for name in sorted(context.prompts.keys() - context.used - set(STANDARD)):
        notes.add(("prompts", name), f"the prompt {cut(name)}, which nothing says", "a step that says it", warning=True)
    asked = {step.hours for step in document.steps.values() if isinstance(step, Queue)}
    for step in document.steps.values():
        if isinstance(step, Branch):
            asked |= {name for case in step.cases for name in (case.when.open, case.when.closed) if name}
    for name in sorted(document.hours.keys() - asked):
        expected = "a condition or a queue that does"
        notes.add(("hours", name), f"the hours {cut(name)}, which nothing asks for", expected, warning=True)


def _known_hours(notes: Notes, where: Path, name: str, document: Document) -> None:
    if name and name not in document.hours:
        notes.unknown(where, "hours", name, "hours of this document", document.hours)


# --- where it leads -----------------------------------------------------------------------------


def _targets(notes: Notes, document: Document, written: set[str]) -> dict[str, str]:
    """Tell of those that are no step. Returns what each misspelt one stands for."""
    named: list[tuple[Path, str, set[str]]] = [(("start",), document.start, written)]
    queues = {name for name, step in document.steps.items() if isinstance(step, Queue)}
    named.append((("person",), document.person, written))
    words = {BACK, PERSON}
    for name, step in document.steps.items():
        identify = isinstance(step, Serve)
        for way in ways(step):
            if way.where:
                plain = identify and way.where == ("identify",)
                named.append((("steps", name, *way.where), way.target, written if plain else written | words))
    meant: dict[str, str] = {}
    for where, target, allowed in named:
        if target and target not in allowed:
            expected = "a step of this document" if allowed == written else "a step of this document, back or person"
            notes.unknown(where, "target", target, expected, allowed)
            meant[target] = suggestion(target, allowed)
    if document.person in document.steps and document.person not in queues:
        found = f"{cut(document.person)}, a step of the kind {_kind(document, document.person)}"
        notes.add(("person",), found, "a step of the kind queue")
    return meant


def _kind(document: Document, name: str) -> str:
    return type(document.steps[name]).__name__.lower()


# --- steps --------------------------------------------------------------------------------------


def _only_digit(notes: Notes, where: Path, key: str, what: str) -> None:
    if len(key) == 1 and key in "*#":
        means = "goes back" if key == "*" else "ends what is entered"
        notes.add(where, f"{key} as {what}, which {means}", "a key from 0 to 9")


def _menu(notes: Notes, at: Path, step: Menu, document: Document) -> None:
    numbered = [key for key in step.options if key not in ("0", "*", "#")]
    for position, key in enumerate(numbered, 1):
        where = (*at, "options", key)
        if position > MOST_OPTIONS:
            notes.add(where, f"option number {position}", f"at most {MOST_OPTIONS} options")
        elif len(key) != 1 or key not in "123456789":
            notes.add(where, f"{cut(key)}, which is no key of a telephone", "a key from 0 to 9")
    for key, option in step.options.items():
        if key == "#" or (key == "*" and option.next != BACK):
            _only_digit(notes, (*at, "options", key), key, "an option")
    heard: dict[tuple[str, Phrase], str] = {}
    for key, option in step.options.items():
        where = (*at, "options", key, "phrases")
        if option.phrases and not step.speech:
            notes.add(where, "phrases in a menu without speech", "speech: true", warning=True)
        missing = [language for language in document.languages if not option.phrases.get(language)]
        if step.speech and missing:
            notes.add(where, f"no phrases in {', '.join(missing)}", "what a caller may say, in each language")
        for language, phrases in option.phrases.items():
            for i, phrase in enumerate(phrases):
                same = heard.setdefault((language, phrase_of(phrase, language)), key)
                if same != key:
                    found = f"the phrase {cut(phrase)} of option {same} again"
                    notes.add((*where, language, i), found, "another phrase")


def _choose(notes: Notes, at: Path, step: Choose, document: Document) -> None:
    for key, language in step.keys.items():
        where = (*at, "keys", key)
        if len(key) == 1 and key in "*#":
            _only_digit(notes, where, key, "a choice")
        elif len(key) != 1 or key not in "0123456789":
            notes.add(where, f"{cut(key)}, which is no key of a telephone", "a key from 0 to 9")
        if language and document.languages and language not in document.languages:
            expected = f"a language of this document: {', '.join(document.languages)}"
            notes.unknown(where, "language", language, expected, set(document.languages))
    if missing := [language for language in document.languages if language not in step.keys.values()]:
        notes.add((*at, "keys"), f"no key for {', '.join(missing)}", "a key for every language", warning=True)


def _collect(notes: Notes, at: Path, step: Collect) -> None:
    if step.secret and step.speech:
        notes.add((*at, "speech"), "a secret that may be said aloud", "no speech where it is secret")
    if step.secret and step.confirm:
        notes.add((*at, "confirm"), "a secret that is said back", "no confirm where it is secret")


def _identify(notes: Notes, at: Path, step: Identify) -> None:
    for i, way in enumerate(step.ways):
        if way in step.ways[:i]:
            notes.add((*at, "ways", i), f"{cut(way)} twice", "it once")
    for name in ("ssn", "birth", "knowledge_again"):
        if "knowledge" in step.ways and not getattr(step, name):
            notes.add((*at, "ways"), f"knowledge without {name}", f"a field {name!r} in this step")


def _serve(notes: Notes, at: Path, step: Serve, document: Document, services: Mapping[str, Spec] | None) -> None:
    target = document.steps.get(step.identify)
    if target is not None and not isinstance(target, Identify):
        found = f"{cut(step.identify)}, a step of the kind {_kind(document, step.identify)}"
        notes.add((*at, "identify"), found, "a step of the kind identify")
    if services is None or not step.service:
        return
    if (spec := services.get(step.service)) is None:
        notes.unknown((*at, "service"), "service", step.service, "a service of Memberline", services)
        return
    if spec.level == "pin" and isinstance(target, Identify) and "pin" not in target.ways:
        found = f"{cut(step.identify)}, which does not take the PIN that {spec.name} asks for"
        notes.add((*at, "identify"), found, "an identify step with pin among its ways")
    for what, field, given, needed, more in (
        ("input", "using", step.using, spec.inputs, spec.optional),
        ("outcome", "outcomes", step.outcomes, spec.outcomes, ()),
    ):
        known = (*needed, *more)
        for name in given:
            if name not in known:
                expected = f"one of {', '.join(known)}" if known else f"no {what}"
                notes.unknown((*at, field, name), what, name, expected, set(known))
        if missing := [repr(name) for name in needed if name not in given]:
            several = "s" if len(missing) > 1 else ""
            notes.add((*at, field), f"no {what}{several} {', '.join(missing)}", f"every {what} of {spec.name}")


def _queue(notes: Notes, at: Path, step: Queue, document: Document) -> None:
    _known_hours(notes, (*at, "hours"), step.hours, document)
    if step.hours and not step.closed:
        notes.add((*at, "hours"), "hours without closed", "where it goes on out of these hours, as closed: STEP")


# --- conditions ---------------------------------------------------------------------------------


def _branch(notes: Notes, at: Path, step: Branch, document: Document) -> None:
    for i, case in enumerate(step.cases):
        when, where = case.when, (*at, "cases", i, "when")
        for name in ("open", "closed"):
            _known_hours(notes, (*where, name), getattr(when, name) or "", document)
        if when.language and document.languages and when.language not in document.languages:
            expected = f"a language of this document: {', '.join(document.languages)}"
            notes.unknown((*where, "language"), "language", when.language, expected, set(document.languages))
        if reason := _never(when):
            notes.add(where, f"a condition that never holds: {reason}", "one that can")
        earlier = next((j for j in range(i) if step.cases[j].when == when), None)
        if earlier is not None:
            notes.add(where, f"the condition of case {earlier + 1} again", "another condition")


def _never(when: Condition) -> str:
    if when.since and when.until and when.since > when.until:
        return f"since {when.since} is after until {when.until}"
    if when.open and when.open == when.closed:
        return f"{when.open} both open and closed"
    if when.known is False:
        needs = [name for name in ("represented", "minor", "protected") if getattr(when, name)]
        needs += [name for name in ("verified", "relation") if getattr(when, name) not in (None, "none", ())]
        if needs:
            return f"not known, but {needs[0]}"
    return ""
