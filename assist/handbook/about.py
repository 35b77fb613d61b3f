"""What a document says of itself: front matter at the top of Markdown, a file `NAME.yaml` beside any other kind.

title: Refunds
effective: 2026-01-01
until: 2027-01-01      # the first day without it; may be missing
plans: [db]            # missing: all
tiers: [1, 2]          # missing: all
version: "2026.1"      # the plan's own name of it
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

import yaml

from assist.handbook.model import About, plan_id, tier_id
from core.errors import Problem
from core.yaml_places import YamlReader, compose, cut

_FENCE = re.compile(r"---[ \t]*\r?\n(?P<matter>.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LONGEST = 200


def split(name: str, text: str) -> tuple[str, str]:
    """Front matter and the rest of a Markdown file. Raises `Problem` where there is none."""
    found = _FENCE.match(text)
    if found is None:
        raise Problem(
            "does not say what it is",
            place=name,
            remedy="Begin with a line ---, then title: and effective: (a date), then a line ---",
        )
    return "\n" + found["matter"], text[found.end() :]  # the line of the fence, so that places are the file's


def read(name: str, matter: str, *, tiers: Collection[str] = ()) -> About:
    """Read `matter`; `tiers` are those that the plan has (empty: any will do). Raises `Problem` with every mistake."""
    if not matter.strip():
        raise Problem("its front matter says nothing", place=name, remedy="Say at least title: and effective: (a date)")
    reader = _Matter(name, matter)
    fields = reader.mapping(
        reader.root, required=("title", "effective"), optional=("until", "plans", "tiers", "version")
    )
    title = reader.text(fields["title"]) if "title" in fields else ""
    if "title" in fields and not 0 < len(title.strip()) <= _LONGEST:
        reader.note(fields["title"], cut(title), f"a title of 1 to {_LONGEST} characters")
    effective = reader.day(fields["effective"]) if "effective" in fields else date.min
    until = reader.day(fields["until"]) if "until" in fields else None
    if until is not None and until <= effective:
        reader.note(fields["until"], str(until), f"a day after the effective date {effective}")
    for_tiers = tuple(tier_id(each) for each in reader.texts(fields["tiers"])) if "tiers" in fields else ()
    unknown = [each for each in for_tiers if tiers and each not in tiers]
    if unknown:
        reader.note(fields["tiers"], f"the tier {unknown[0]!r}", f"tiers of the plan: {', '.join(sorted(tiers))}")
    plans = tuple(plan_id(each) for each in reader.texts(fields["plans"])) if "plans" in fields else ()
    label = reader.text(fields["version"])[:40] if "version" in fields else ""
    reader.finish()
    return About(title=title.strip(), effective=effective, until=until, plans=plans, tiers=for_tiers, label=label)


class _Matter(YamlReader):
    """Of text instead of a file."""

    def __init__(self, name: str, text: str) -> None:
        self.findings = []
        self.root = compose(name, text)

    def day(self, node: yaml.Node) -> date:
        text = self.text(node)
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.note(node, cut(text), "a date as 2026-01-01")
        return date.min
