"""A week as one HTML page to print and pin to a wall: a sheet for each day, rows of people, columns of time. Pure.

It needs nothing from elsewhere. Each block has its name or its letter, a border and a pattern of its own, so that it
is told by more than its colour, and stays so where a printer leaves backgrounds out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from html import escape

from scheduling.plan import telling
from scheduling.plan.checking import clock
from scheduling.plan.model import Activity, Block, Person, Schedule, days_of
from scheduling.plan.reading import Week

_NAMED, _TIMED = 60, 105  # minutes from which on a block has its name beside its letter, and when it begins

# Letter, and how its block is filled: lightness alone tells the commonest apart.
_LOOKS = {
    Activity.PHONE: ("P", "#cfe3f7"),
    Activity.BREAK: ("B", "#fff"),
    Activity.LUNCH: ("L", "repeating-linear-gradient(45deg, #fff 0 3px, #ddd 3px 4px)"),
    Activity.MEETING: ("M", "#f3cf9f"),
    Activity.TRAINING: ("T", "repeating-linear-gradient(0deg, #f3cf9f 0 4px, #fff 4px 6px)"),
    Activity.CORRESPONDENCE: ("C", "repeating-linear-gradient(90deg, #d9ecd0 0 5px, #fff 5px 7px)"),
    Activity.COUNSELLING: ("K", "#bfe0ae"),
    Activity.REVIEW: ("R", "repeating-linear-gradient(135deg, #e6d7f0 0 5px, #fff 5px 7px)"),
    Activity.OFF: ("O", "#fff"),
}

_STYLE = """
@page { size: A4 landscape; margin: 9mm; }
* { box-sizing: border-box; }
body { font: 11px/1.25 system-ui, sans-serif; color: #000; background: #fff; margin: 1em; }
h1 { font-size: 17px; margin: 0 0 .2em; } h2 { font-size: 14px; margin: 0 0 .4em; }
section { break-after: page; margin-bottom: 2em; } section:last-child { break-after: auto; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th.name, td.name { width: 14em; text-align: left; font-weight: 600; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; padding: 0 .4em 0 0; }
tbody tr { border-bottom: 1px solid #999; break-inside: avoid; }
.line { position: relative; height: 19px; }
.line span { position: absolute; top: 1px; bottom: 1px; border: 1px solid #333; overflow: hidden; white-space: nowrap;
  text-align: center; line-height: 15px; font-size: 10px; print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.hours { position: relative; height: 20px; } .hours span { position: absolute; top: 2px; border-left: 1px solid #333;
  padding-left: 2px; font-weight: 400; }
.line i { position: absolute; top: 0; bottom: 0; border-left: 1px dotted #aaa; }
.key span { display: inline-block; border: 1px solid #333; padding: 0 .5em; margin-right: .6em;
  print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.away { font-style: italic; } ul { margin: .3em 0; padding-left: 1.4em; }
.cover td, .cover th { border: 1px solid #999; padding: 1px 5px; text-align: right; }
.cover th:first-child { text-align: left; width: 14em; }
"""


def page(week: Week, schedule: Schedule) -> str:
    days = days_of(schedule.week)
    worked = {block.day for block in schedule.blocks}
    title = f"Telephone schedule {schedule.week}, {days[0]:%d %b} to {days[-1]:%d %b %Y}"
    style = _STYLE + "\n".join(f".{activity} {{ background: {fill}; }}" for activity, (_, fill) in _LOOKS.items())
    sheets = [_sheet(week, schedule, day, title) for day in days if day in worked]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{style}</style></head><body>",
            *sheets,
            _last(week, schedule, title),
            "</body></html>\n",
        ]
    )


def _sheet(week: Week, schedule: Schedule, day: date, title: str) -> str:
    blocks = [block for block in schedule.blocks if block.day == day]
    first = min(block.start for block in schedule.blocks) // 60 * 60
    last = -(-max(block.end for block in schedule.blocks) // 60) * 60
    rows = "\n".join(
        _row(person, day, [block for block in blocks if block.person_id == person.person_id], (first, last))
        for person in week.request.people
    )
    hours = "".join(f'<span style="{_at(m, (first, last))}">{clock(m)}</span>' for m in range(first, last, 60))
    used = sorted({block.activity for block in schedule.blocks}, key=list(Activity).index)
    key = "".join(f'<span class="{each}">{_LOOKS[each][0]} {each.value}</span>' for each in used)
    return (
        f"<section><h1>{escape(title)}</h1><h2>{day:%A, %d %B %Y}</h2>"
        f'<table><thead><tr><th class="name" scope="col">Name</th><th scope="col" class="hours">{hours}</th></tr>'
        f'</thead><tbody>{rows}</tbody></table><p class="key">{key}</p></section>'
    )


def _row(person: Person, day: date, blocks: Sequence[Block], span: tuple[int, int]) -> str:
    lines = "".join(f'<i style="{_at(m, span)}"></i>' for m in range(span[0] + 60, span[1], 60))
    drawn = "".join(_block(block, span) for block in blocks)
    if not blocks:
        drawn = f'<em class="away">{"leave" if telling.away(person, day) else "not at work"}</em>'
    name = f'<td class="name" title="{escape(person.name)}">{escape(person.name)}</td>'
    return f'<tr>{name}<td><div class="line">{lines}{drawn}</div></td></tr>'


def _block(block: Block, span: tuple[int, int]) -> str:
    letter, _ = _LOOKS[block.activity]
    name = block.title or block.activity.value.capitalize()
    told = f"{clock(block.start)}–{clock(block.end)} {name}"
    if block.queues:
        told += f": {', '.join(sorted(block.queues))}"
    label = f"{letter} {name}" if block.minutes >= _NAMED else letter
    label += f" {clock(block.start)}" if block.minutes >= _TIMED else ""
    width = f"width:{100 * block.minutes / (span[1] - span[0]):.3f}%"
    return (
        f'<span class="{block.activity}" style="{_at(block.start, span)};{width}" title="{escape(told)}">'
        f"{escape(label)}</span>"
    )


def _at(minute: int, span: tuple[int, int]) -> str:
    return f"left:{100 * (minute - span[0]) / (span[1] - span[0]):.3f}%"


def _last(week: Week, schedule: Schedule, title: str) -> str:
    """What is covered, and what could not be met."""
    names = telling.names(week.request.people)
    unmet = [*(telling.conflict(each, names) for each in schedule.conflicts)]
    unmet += [telling.shortage(each, names) for each in schedule.short]
    listed = "".join(f"<li>{escape(each)}</li>" for each in unmet) or "<li>Nothing: all of the need is met.</li>"
    notes = "".join(f"<p>{escape(note)}</p>" for note in week.notes)
    return (
        f"<section><h1>{escape(title)}</h1><h2>Agent hours on the phones, of those needed</h2>"
        f"<table class='cover'>{''.join(_coverage(week, schedule))}</table>"
        f"<h2>What could not be met</h2><ul>{listed}</ul>{notes}</section>"
    )


def _coverage(week: Week, schedule: Schedule) -> Iterator[str]:
    found = list(telling.coverage(week.request, schedule))
    days = sorted({each.day for each in found})
    yield "<tr><th>Queue</th>" + "".join(f'<th scope="col">{day:%a %d %b}</th>' for day in days) + "</tr>"
    by_place = {(each.queue, each.specialty, each.day): each for each in found}
    for queue, specialty in sorted({(each.queue, each.specialty) for each in found}):
        cells = (by_place.get((queue, specialty, day)) for day in days)
        told = (f"{each.covered_h:g} of {each.needed_h:g} ({each.share:.0%})" if each else "" for each in cells)
        yield f"<tr><th>{escape(queue)}</th>" + "".join(f"<td>{each}</td>" for each in told) + "</tr>"
