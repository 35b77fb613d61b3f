"""A history as a workbook, for those who go on in a spreadsheet: a sheet for each queue, times as the site's."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

import xlsxwriter

from core.errors import Problem
from scheduling.history.model import IntervalRow

HEADS = ("Day", "Time", "Offered", "Answered", "Abandoned", "Mean handle time, s", "Mean time to answer, s")
_NAME = 31  # characters of a sheet's name
_MOST_ROWS = 1_048_575
_UNFIT = re.compile(r"[\[\]:*?/\\']")


def workbook(rows: Sequence[IntervalRow], zone: ZoneInfo) -> bytes:
    """The file. `rows` by queue and time. Raises `Problem` for more of one queue than a sheet holds (some 29 years)."""
    out = io.BytesIO()
    # Texts stay texts: a queue named =1+1 is no formula to whoever opens the file.
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    day, time = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm"})
    number = book.add_format({"num_format": "0.0"})
    names: set[str] = set()
    for queue, mine in groupby(rows, key=lambda row: row.queue):
        sheet = book.add_worksheet(_sheet_name(queue, names))
        sheet.write_row(0, 0, HEADS, head)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(HEADS) - 1, 12)
        for line, row in enumerate(mine, 1):
            if line > _MOST_ROWS:
                raise Problem(f"more than {_MOST_ROWS} rows of {queue}", remedy="Export fewer years, or CSV")
            wall = row.start.astimezone(zone).replace(tzinfo=None)
            sheet.write_datetime(line, 0, wall, day)
            sheet.write_datetime(line, 1, wall, time)
            for column, count in enumerate((row.offered, row.answered, row.abandoned), 2):
                sheet.write_number(line, column, count)
            for column, mean in enumerate((row.mean_handle_s, row.mean_answer_s), 5):
                if mean is not None:
                    sheet.write_number(line, column, mean, number)
    book.close()
    return out.getvalue()


def _sheet_name(queue: str, names: set[str]) -> str:
    """Sheets are named alike whatever the case, and shortly."""
    plain = _UNFIT.sub("_", queue)[:_NAME] or "queue"
    name, number = plain, 1
    while name.casefold() in names:
        number += 1
        name = f"{plain[: _NAME - len(str(number)) - 1]} {number}"
    names.add(name.casefold())
    return name
