"""`memberline appointments`: a calendar file offers times, and a wrong one is told line by line and offers nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from memberline.commands import appointments
from records.appointments import Appointments, Booked

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HEAD = "counsellor,begins,minutes,place\n"


def run(url: str, *arguments: str) -> str:
    environment = {"MEMBERLINE_DATABASE_URL": url, "MEMBERLINE_SITE_ZONE": str(ZONE)}
    result = CliRunner(env=environment).invoke(appointments.command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def calendar(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "calendar.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_times_are_offered_shown_booked_and_taken_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'site.db'}"
    days = [(datetime.now(ZONE) + timedelta(days=n)).strftime("%Y-%m-%d 09:30") for n in (2, 3)]
    lines = "".join(f'pat,{day},45,"room 4, main office"\n' for day in days)
    file = calendar(tmp_path, HEAD + lines)

    assert run(url, "list") == "no time is offered\n"
    assert run(url, "offer", str(file)) == "2 offered, 0 were offered already\n"
    assert run(url, "offer", str(file)) == "0 offered, 2 were offered already\n"

    async def booked() -> Booked:
        db = Database(url)
        try:
            theirs, now = Appointments(db, SystemClock()), datetime.now(UTC)
            [slot] = await theirs.free(now)
            answer = await theirs.book("m1", slot.begins_at, now)
            assert isinstance(answer, Booked)
            return answer
        finally:
            await db.close()

    first = asyncio.run(booked()).slot
    shown = run(url, "list").splitlines()[1:]
    assert [line.split()[:3] for line in shown] == [[*days[0].split(), "45"], [*days[1].split(), "45"]]
    assert first.reference in shown[0]
    assert "m1" not in "".join(shown)

    assert run(url, "withdraw", "pat", days[1]) == "taken back\n"
    with pytest.raises(Problem, match="It is booked, or was never offered"):
        run(url, "withdraw", "pat", days[0])


def test_a_file_with_mistakes_names_every_one(tmp_path: Path) -> None:
    lines = (
        "pat,2026-03-11 09:30,45,by telephone",
        "pat,11.3.2026,45,by telephone",
        ",2026-03-11 09:30,45,by telephone",
        "pat,2026-03-11 09:30,0,by telephone",
        "pat,2026-03-11 09:30,45,",
        "pat,2026-03-09 09:30,45,by telephone",
        "pat,2026-03-11 09:30",  # too short a line
    )
    with pytest.raises(Problem) as told:
        appointments.read(calendar(tmp_path, HEAD + "\n".join(lines)), ZONE, NOW)
    first, *each = str(told.value).splitlines()
    assert first == "nothing was offered"
    wrong = ("3: begins", "4: counsellor", "5: minutes", "6: place", "7: begins", "8: place")
    for line, place in zip(each, wrong, strict=True):
        assert line.startswith(f"{tmp_path / 'calendar.csv'}:{place}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no column counsellor"),
        ("counsellor;begins;minutes;place\n", "has no column counsellor"),
        (HEAD + 'pat,"2026', "is no CSV file"),
    ],
)
def test_what_is_no_calendar(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        appointments.read(calendar(tmp_path, text), ZONE, NOW)


def test_local_times_are_of_the_site(tmp_path: Path) -> None:
    [time] = appointments.read(calendar(tmp_path, HEAD + "pat,2026-07-01 09:30,45,by telephone\n"), ZONE, NOW)
    assert time.begins_at.astimezone(UTC) == datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
    assert time.ends_at - time.begins_at == timedelta(minutes=45)
