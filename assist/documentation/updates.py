"""What the caller gave that belongs in the pension system: addresses, numbers, dates, names.

The agent's reading back counts as much as the caller's saying it, and the later word wins: corrections come last.
A proposal only: nothing here changes a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assist.documentation import fields
from assist.documentation.heard import Heard, joined
from assist.spoken import SpokenDate, is_number
from assist.written.places import Address, Unit
from records.contact import ProposedUpdate, Said

_DEATH = frozenset(("passed", "died", "death", "lost", "deceased", "dead", "loss"))
_OTHER_DAY = frozenset(("funeral", "born", "birthday", "married", "hired", "letter", "burial", "appointment", "buried"))
_LEAVING = frozenset(("last", "end", "left", "separation", "separated", "terminated", "leaving", "laid"))
_ON_FILE = frozenset(("file", "show", "showing", "still", "current", "currently", "old"))
# How sure a value is: said once; said by both or twice; one that was corrected; one that cannot be right.
ONCE, AGREED, CORRECTED, WRONG = 0.6, 0.95, 0.8, 0.2
DIGITS_TURN = 0.7  # share of a turn's words from which on it is nothing but part of a number
SHORT = 5  # words of the other speaker between two parts of a number


@dataclass
class _Field:
    value: str
    written: str
    said: list[tuple[Said, ...]]
    times: int = 1
    corrected: bool = False
    old: str = ""


@dataclass
class _Given:
    """What was given so far."""

    taken: dict[str, _Field] = field(default_factory=dict)
    on_file: dict[str, str] = field(default_factory=dict)  # read out by the agent as what is there now

    def take(self, name: str, given: fields.Given, heard: Heard, *, corrected: bool = False) -> None:
        said = heard.said(given.start, given.end)
        known = self.taken.get(name)
        if known is not None and known.value == given.value:
            known.said.append(said)
            known.times += 1
            return
        if heard.speaker == "agent" and known is None and _on_file(heard, given.start, given.end):
            self.on_file[name] = given.written
            return
        earlier = known.said if known is not None and known.value.startswith(given.value) else []
        self.taken[name] = _Field(
            given.value, given.written, [*earlier, said], corrected=corrected or known is not None
        )

    def drop_on_file(self, known: Mapping[str, str]) -> None:
        """What the pension system has already is no update; what it has instead is the old value."""
        for name, each in list(self.taken.items()):
            before = known.get(name, "")
            each.old = before or self.on_file.get(name, "")
            if before and _folded(before) in (_folded(each.value), _folded(each.written)):
                del self.taken[name]


def updates(talk: Sequence[Heard], known: Mapping[str, str] | None = None) -> tuple[ProposedUpdate, ...]:
    """Every field that was given, with its last value, in the order in which they first came up.

    `known`: what the pension system has of the member, by field.
    """
    given = _Given()
    dying = any(_DEATH & set(heard.texts) for heard in talk if heard.speaker == "caller")
    _addresses(talk, given)
    asked = ""
    asked_name = False
    parts: list[tuple[Heard, fields.Digits]] = []
    for heard in talk:
        asked, parts = _numbers(heard, asked, parts, given)
        if (mail := fields.email(heard.texts)) is not None:
            given.take("email", mail, heard)
        _dates(heard, dying=dying, given=given)
        if heard.speaker == "caller" and asked_name and (name := fields.name(heard.texts)) is not None:
            given.take("name", name, heard)
        asked_name = heard.speaker == "agent" and fields.asks_name(heard.texts)
        if (status := fields.marital_status(heard.texts)) is not None:
            given.take("marital_status", status, heard)
        if heard.speaker == "caller" and (person := fields.beneficiary(heard.texts)) is not None:
            given.take("beneficiary", person, heard)
        if (withheld := fields.withholding(heard.texts)) is not None:
            given.take("tax_withholding", withheld, heard)
    given.drop_on_file(known or {})
    return tuple(
        ProposedUpdate(
            field=name,
            value=each.value,
            old_value=each.old,
            written=each.written,
            confidence=_confidence(name, each),
            said=joined(each.said),
        )
        for name, each in given.taken.items()
    )


def _confidence(name: str, each: _Field) -> float:
    if name == "bank_routing" and not fields.routing_checks(each.value):
        return WRONG
    if each.times > 1:
        return AGREED
    return CORRECTED if each.corrected else ONCE


def _on_file(heard: Heard, start: int, end: int) -> bool:
    """Does the agent read out what is there now?"""
    near = heard.texts[max(start - 8, 0) : start] + heard.texts[end : end + 5]
    return bool(_ON_FILE & set(near)) and "new" not in near


def _folded(value: str) -> str:
    return "".join(filter(str.isalnum, value.lower()))


# --- addresses --------------------------------------------------------------------------------------


def _addresses(talk: Sequence[Heard], given: _Given) -> None:
    """Addresses that are whole: with a zip code, which may come an answer later. The unit may be named anywhere."""
    unit = next((unit for heard in reversed(talk) for unit in reversed(list(fields.units(heard.texts)))), None)
    street: tuple[Heard, Address] | None = None  # without its town as yet
    for heard in talk:
        found = list(fields.addresses(heard.texts))
        for each in found:
            if each.zip_code:
                given.take("mailing_address", _written(each, unit), heard, corrected=each.corrected)
                street = None
            elif heard.speaker == "caller":
                street = heard, each
        if street is None or found or heard.speaker != "caller" or (rest := fields.town(heard.texts)) is None:
            continue
        where, each = street
        town, zip_code, start, end = rest
        whole = Address(each.street, each.unit, each.town or town, zip_code, start, end, each.corrected)
        given.take("mailing_address", _written(whole, unit), heard)
        given.taken["mailing_address"].said.insert(0, where.said(each.start, each.end))
        street = None


def _written(address: Address, unit: Unit | None) -> fields.Given:
    if address.unit is None and unit is not None and not address.street.startswith("PO Box"):
        address = Address(
            address.street, unit, address.town, address.zip_code, address.start, address.end, address.corrected
        )
    return fields.Given(address.plain, address.written, address.start, address.end)


# --- telephone and bank numbers ---------------------------------------------------------------------


def _numbers(
    heard: Heard, asked: str, parts: list[tuple[Heard, fields.Digits]], given: _Given
) -> tuple[str, list[tuple[Heard, fields.Digits]]]:
    """Takes numbers; returns what the talk is about at the end and the parts of a number that is still being said."""
    spoken = heard.texts
    at = 0
    taken = False
    said = list(fields.digits(spoken))
    for each in said:
        asked = _asked(spoken[at : each.start], asked)
        at = each.end
        taken = _take(asked, each, heard, given) or taken
    asked = _asked(spoken[at:], asked)
    if heard.speaker == "agent":
        return asked, parts if len(spoken) <= SHORT or sum(map(is_number, spoken)) > len(spoken) / 2 else []
    only_digits = sum(each.end - each.start for each in said) >= DIGITS_TURN * len(spoken)
    if taken or not said or not (only_digits or said[-1].end == len(spoken)):
        return asked, []
    if not only_digits:  # "my cell is four seven eight": a first part
        return asked, [(heard, said[-1])]
    parts = [*parts, *((heard, each) for each in said)]
    whole = "".join(each.text for _, each in parts)
    first, last = parts[0][1], parts[-1][1]
    if len(parts) > 1 and _take(asked, fields.Digits(whole, last.start, last.end, first.corrected), heard, given):
        name = {"routing": "bank_routing", "account": "bank_account"}.get(asked, "phone")
        given.taken[name].said = [where.said(each.start, each.end) for where, each in parts]
        parts = parts if name == "bank_account" else []  # an account number may have more parts
    return asked, parts


def _take(asked: str, said: fields.Digits, heard: Heard, given: _Given) -> bool:
    """Is this number a telephone or bank number? Then it is taken."""
    text = said.text
    routing = given.taken.get("bank_routing")
    if asked == "routing" and len(text) == 9:
        name, written = "bank_routing", text
    elif asked == "account" and 6 <= len(text) <= 17 and (routing is None or routing.value != text):
        name, written = "bank_account", text
    elif len(text) == 10 and asked not in ("routing", "account"):
        name, text = "phone", fields.phone(text)
        written = text
    else:
        return False
    given.take(name, fields.Given(text, written, said.start, said.end), heard, corrected=said.corrected)
    return True


def _asked(spoken: Sequence[str], asked: str) -> str:
    for at, word in enumerate(spoken):
        if word == "routing":
            asked = "routing"
        elif word == "account" and at + 1 < len(spoken) and spoken[at + 1] == "number":
            asked = "account"
        elif word in ("phone", "cell", "telephone", "mobile"):
            asked = "phone"
    return asked


# --- dates ------------------------------------------------------------------------------------------


def _dates(heard: Heard, *, dying: bool, given: _Given) -> None:
    spoken = heard.texts
    for date in fields.spoken_dates(spoken):
        near = set(spoken[max(date.start - 10, 0) : date.start + 12])
        death, leaving = given.taken.get("date_of_death"), given.taken.get("employment_end_date")
        other = _OTHER_DAY & set(spoken[max(date.start - 5, 0) : date.start])
        if dying and (_DEATH & near or (death is not None and not other)):
            _later("date_of_death", date, heard, given)
        elif (_LEAVING & near and not dying) or (leaving is not None and _continues(leaving.value, date)):
            _later("employment_end_date", date, heard, given)
    known = given.taken.get("date_of_death")
    if dying and known is not None and known.value.count(" ") == 1:
        year = next(
            (each for each in fields.digits(spoken) if len(each.text) == 4 and each.text.startswith("20")), None
        )
        if year is not None:
            written = f"{known.written}, {year.text}"
            given.take(
                "date_of_death", fields.Given(f"{known.value} {year.text}", written, year.start, year.end), heard
            )


def _later(name: str, date: SpokenDate, heard: Heard, given: _Given) -> None:
    """A date that is said again without its year loses none."""
    value = f"{date.month} {date.day} {date.year or ''}".strip()
    written = f"{date.month.capitalize()} {date.day}" + (f", {date.year}" if date.year else "")
    known = given.taken.get(name)
    if known is not None and known.value.startswith(f"{value} "):
        value, written = known.value, known.written
    given.take(name, fields.Given(value, written, date.start, date.end), heard)


def _continues(known: str, date: SpokenDate) -> bool:
    return known.split()[:2] == [date.month, str(date.day)]
