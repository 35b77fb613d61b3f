"""A good menu document to spoil, and the services that it asks."""

from __future__ import annotations

from pathlib import Path

from ivr.document.reading import Read, read_files
from ivr.self_service.service import Spec

GOOD = (Path(__file__).parent / "good.yaml").read_text()
SERVICES = {
    "payment": Spec(name="payment", about="Payment", level="pin", outcomes={"known": ("amount",), "none": ()}),
    "mail": Spec(name="mail", about="Mail", level="none", outcomes={"sent": ("form",)}, inputs=("form", "copies")),
}
MAIN = "menu.yaml"


def spoiled(*changes: str) -> str:
    """The good document after changes written "old → new"; each `old` is in it exactly once, and \\n is a new line."""
    text = GOOD
    for change in changes:
        old, new = (part.replace("\\n", "\n") for part in change.split(" → "))
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def read_text(text: str, **more: str) -> Read:
    """`more`: further files, hours for hours.yaml."""
    return read_files(MAIN, {MAIN: text, **{f"{name}.yaml": other for name, other in more.items()}}, SERVICES)


def told(result: Read) -> list[str]:
    """What was found, by line and column; warnings say so."""
    mark = {"error": "", "warning": " (warning)"}
    return [f"{finding}{mark[finding.severity]}".removeprefix(f"{MAIN}:") for finding in result.findings]
