"""What the checks of a document note down, each with the place of what it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from core.yaml_places import Finding, Place, cut, suggestion
from ivr.document.forms import Context, Path


def place(places: Mapping[Path, Place], where: Path, otherwise: Place) -> Place:
    """Where something stands, or the nearest that it is part of."""
    while where:
        if where in places:
            return places[where]
        where = where[:-1]
    return otherwise


class Notes:
    """Findings by what they are about."""

    def __init__(self, context: Context) -> None:
        self._places = context.places
        self.findings: list[Finding] = []

    def add(self, where: Path, found: str, expected: str, *, meant: str = "", warning: bool = False) -> None:
        at = place(self._places, where, next(iter(self._places.values()), Place("")))
        self.findings.append(Finding(at, found, expected, meant, "warning" if warning else "error"))

    def unknown(self, where: Path, what: str, name: str, expected: str, known: Collection[str]) -> None:
        self.add(where, f"the {what} {cut(name)}", expected, meant=suggestion(name, known))
