"""What the caller gave that belongs in the pension system: addresses, numbers, dates, names.

The agent's reading back counts as much as the caller's saying it, and the later word wins: corrections come last.
A proposal only: nothing here changes a record.
"""

from __future__ import annotations

from collections.abc import Sequence

from assist.conversation import Turn
from assist.cues import words
from assist.spoken import dates, figures, is_number, written
from records.contact import ProposedUpdate

_STREETS = frozenset(
    (
        *("street", "road", "avenue", "drive", "lane", "court", "circle", "way", "boulevard", "place"),
        *("trail", "highway", "parkway", "terrace", "loop", "pike", "square", "alley", "crossing", "point"),
        *("ridge",),
    )
)
_BETWEEN = frozenset(("and", "that's", "it's", "in", "is", "the", "city", "of", "town", "zip", "code", "there's"))
_KIN = frozenset(
    (
        *("daughter", "son", "wife", "husband", "sister", "brother", "niece", "nephew", "mother", "father"),
        *("granddaughter", "grandson", "partner"),
    )
)
_STATUS = ("single", "married", "divorced", "widowed", "separated")
_ENDINGS = frozenset(("com", "org", "net", "gov", "edu", "us"))
_BEFORE_EMAIL = frozenset(
    (
        *("it's", "is", "my", "email", "mail", "address", "to", "that's", "yes", "the", "use", "on", "there"),
        *("would", "be", "okay", "so", "and", "e-mail", "sure", "yeah", "at", "with", "it"),
    )
)
_SIGNS = {"underscore": "_", "dot": ".", "period": ".", "dash": "-", "hyphen": "-"}
_DEATH = frozenset(("passed", "died", "death", "lost", "deceased", "dead", "loss"))
_LEAVING = frozenset(("last", "end", "left", "separation", "separated", "terminated", "leaving", "laid"))
_NAME_ENDS = frozenset(
    ("that's", "with", "and", "please", "is", "it's", "along", "instead", "on", "spelled", "as", "for")
)
_CITY_AT_MOST = 8  # words between a street and its zip code


def updates(turns: Sequence[Turn]) -> tuple[ProposedUpdate, ...]:
    """Every field that was given, with its last value, in the order in which they first came up."""
    found: dict[str, str] = {}
    said = [(turn.speaker, [word.text for word in words(turn.text)]) for turn in turns]
    dying = any(_DEATH & set(spoken) for speaker, spoken in said if speaker == "caller")
    apartment = _apartment([spoken for _, spoken in said])
    asked = asked_name = ""
    for speaker, spoken in said:
        asked = _numbers(spoken, asked, found)
        if address := _address(spoken, apartment):
            found["mailing_address"] = address
        if email := _email(spoken):
            found["email"] = email
        _dates(spoken, dying=dying, found=found)
        if speaker == "caller" and asked_name and (name := _name(spoken)):
            found["name"] = name
        asked_name = "name" if speaker == "agent" and _asks_name(spoken) else ""
        if status := _marital_status(spoken):
            found["marital_status"] = status
        if (beneficiary := _beneficiary(spoken)) and speaker == "caller":
            found["beneficiary"] = beneficiary
        if withheld := _withholding(spoken):
            found["tax_withholding"] = withheld
    return tuple(ProposedUpdate(field=field, value=value) for field, value in found.items())


def _numbers(spoken: Sequence[str], asked: str, found: dict[str, str]) -> str:
    """Telephone and bank numbers; returns what the talk is about at the end of the turn."""
    at = 0
    for number in figures(spoken):
        asked = _asked(spoken[at : number.start], asked)
        at = number.end
        digits = number.text
        if asked == "routing" and len(digits) == 9:
            found["bank_routing"] = digits
        elif asked == "account" and 6 <= len(digits) <= 17 and found.get("bank_routing") != digits:
            found["bank_account"] = digits
        elif len(digits) == 10 and asked not in ("routing", "account"):
            found["phone"] = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return _asked(spoken[at:], asked)


def _asked(spoken: Sequence[str], asked: str) -> str:
    for at, word in enumerate(spoken):
        if word == "routing":
            asked = "routing"
        elif word == "account" and at + 1 < len(spoken) and spoken[at + 1] == "number":
            asked = "account"
        elif word in ("phone", "cell", "telephone"):
            asked = "phone"
    return asked


def _address(spoken: Sequence[str], apartment: str) -> str:
    """A street or box with its city and zip code, in figures; empty where the turn has none."""
    text = _letters_joined(written(spoken))
    for at, word in enumerate(text):
        if not word.isdigit():
            continue
        street = _street_end(text, at)
        if street == 0:
            continue
        rest = text[street : street + _CITY_AT_MOST + 1]
        zip_at = next((place for place, each in enumerate(rest) if each.isdigit() and len(each) == 5), None)
        if zip_at is None:
            continue
        place = [each for each in rest[:zip_at] if each not in _BETWEEN]
        box = ["po", "box"] if _is_box(text, at) else []
        unit = [] if box or "apartment" in place else apartment.split()
        return " ".join([*box, *text[at:street], *unit, *place, rest[zip_at]])
    return ""


def _street_end(text: Sequence[str], at: int) -> int:
    """Where the street that begins with the number at `at` ends; 0 when it is none."""
    if _is_box(text, at):
        return at + 1
    window = text[at + 1 : at + 6]
    ends = [place for place, word in enumerate(window) if word in _STREETS]
    return at + 2 + ends[-1] if ends else 0


def _is_box(text: Sequence[str], at: int) -> bool:
    return list(text[max(at - 2, 0) : at]) == ["po", "box"]


def _letters_joined(text: Sequence[str]) -> list[str]:
    """ "p o box" as one would write it."""
    result: list[str] = []
    for word in text:
        if word in ("o", "0") and result and result[-1] == "p":
            result[-1] = "po"
        else:
            result.append(word)
    return result


def _apartment(said: Sequence[Sequence[str]]) -> str:
    """The last apartment or unit anybody named."""
    unit = ""
    for spoken in said:
        for at, word in enumerate(spoken[:-1]):
            if word in ("apartment", "unit", "suite", "lot"):
                number = written(spoken[at + 1 : at + 4])[0]
                if number.isdigit() or len(number) == 1:
                    unit = f"{word} {number}"
    return unit


def _email(spoken: Sequence[str]) -> str:
    for at, word in enumerate(spoken):
        if word != "at":
            continue
        dot = next((place for place in range(at + 2, min(at + 6, len(spoken))) if spoken[place] == "dot"), 0)
        if not dot or dot + 1 >= len(spoken) or spoken[dot + 1] not in _ENDINGS:
            continue
        begin = at
        while begin > 0 and spoken[begin - 1] not in _BEFORE_EMAIL and at - begin < 12:
            begin -= 1
        local = _spelled(spoken[begin:at])
        domain = "".join(spoken[at + 1 : dot])
        if local:
            return f"{local}@{domain}.{spoken[dot + 1]}"
    return ""


def _spelled(spoken: Sequence[str]) -> str:
    """ "d as in dog underscore okafor nine two" as d_okafor92."""
    kept: list[str] = []
    at = 0
    while at < len(spoken):
        if tuple(spoken[at : at + 2]) == ("as", "in"):
            at += 3
            continue
        kept.append(spoken[at])
        at += 1
    return "".join(_SIGNS.get(word, word) for word in written(kept))


def _dates(spoken: Sequence[str], *, dying: bool, found: dict[str, str]) -> None:
    for date, at in dates(spoken):
        near = set(spoken[max(at - 10, 0) : at + 12])
        if dying and (_DEATH & near or "date_of_death" in found or _continues(found.get("date_of_death"), date)):
            _later(found, "date_of_death", date)
        elif (_LEAVING & near and not dying) or _continues(found.get("employment_end_date"), date):
            _later(found, "employment_end_date", date)
    for number in figures(spoken):
        known = found.get("date_of_death", "")
        if dying and known.count(" ") == 1 and len(number.text) == 4 and number.text.startswith("20"):
            found["date_of_death"] = f"{known} {number.text}"


def _later(found: dict[str, str], field: str, date: str) -> None:
    """A date that is said again without its year loses none."""
    known = found.get(field, "")
    found[field] = known if known.startswith(f"{date} ") else date


def _continues(known: str | None, date: str) -> bool:
    return known is not None and date.split()[:2] == known.split()[:2]


def _asks_name(spoken: Sequence[str]) -> bool:
    text = " ".join(spoken)
    return any(ask in text for ask in ("what name", "new name", "name change", "name to be", "name should"))


def _name(spoken: Sequence[str]) -> str:
    """The two to four words a caller answers with when asked for the new name."""
    kept: list[str] = []
    for word in spoken:
        if word in ("it's", "it'll", "be", "yes", "okay", "my", "name", "to") and not kept:
            continue
        if word in _NAME_ENDS or len(word) == 1 or is_number(word):
            break
        kept.append(word)
    return " ".join(kept) if 2 <= len(kept) <= 4 else ""


def _marital_status(spoken: Sequence[str]) -> str:
    """Said to be put down: "mark me as", "it is", "my marital status is"."""
    text = " ".join(spoken)
    for status in _STATUS:
        if f"{status} it is" in text or f"as {status}" in text or f"status is {status}" in text:
            return status
    return ""


def _beneficiary(spoken: Sequence[str]) -> str:
    """Who shall be put down: "can i put my daughter ..."."""
    for at, word in enumerate(spoken):
        if word not in ("put", "add", "name", "make", "list") or at + 2 >= len(spoken):
            continue
        if spoken[at + 1] != "my" or spoken[at + 2] not in _KIN:
            continue
        kept: list[str] = []
        for each in spoken[at + 3 :]:
            if each in _NAME_ENDS or is_number(each) or len(each) == 1 or len(kept) == 4:
                break
            kept.append(each)
        if len(kept) >= 2:
            return " ".join(kept)
    return ""


def _withholding(spoken: Sequence[str]) -> str:
    """ "two twenty five federal flat": which tax, and how much of it."""
    for number in figures(spoken):
        before = spoken[max(number.start - 3, 0) : number.start]
        after = spoken[number.end : number.end + 4]
        tax = next((word for word in (*after[:2], *before) if word in ("federal", "state")), "")
        if not tax or not number.text.isdigit():
            continue
        if "percent" in after[:2]:
            return f"{tax} {number.text} percent"
        if {"flat", "dollars", "month"} & set(after) and not {"right", "now", "currently"} & set(spoken):
            return f"{tax} {number.text} dollars per month"
    return ""
