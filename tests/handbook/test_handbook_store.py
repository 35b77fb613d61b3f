"""The handbook in the database, on both kinds: editions follow each other, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from counting_model import counted

from assist.handbook import importing
from assist.handbook.meaning import Prepared, prepare
from assist.handbook.model import DocumentVersion
from assist.handbook.ranking import Reader, applies
from assist.handbook.store import Handbook
from core.clock import ManualClock
from core.database import Database
from core.errors import Problem

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MATTER = "title: Refunds\neffective: {day}\nplans: [db]\ntiers: [1, 2]\n"
PAGE = b"<h1>Refunds</h1><p>Sixty days. No fee.</p><h2>Later members</h2><p>The same.</p>"


def read(
    content: bytes = PAGE, day: str = "2026-01-01", name: str = "refunds.html", asked: tuple[str, ...] = ("how long",)
) -> tuple[DocumentVersion, list[Prepared]]:
    imported = importing.read(name, content, MATTER.format(day=day).encode())
    questions = [asked, *[()] * (len(imported.passages) - 1)]
    return imported.document, list(prepare(imported.passages, questions, counted))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def handbook(db: Database, clock: ManualClock) -> Handbook:
    return Handbook(db, clock)


async def test_an_edition_comes_back_as_it_was_imported(handbook: Handbook) -> None:
    document, prepared = read()
    assert await handbook.asked(document.version) is None
    assert await handbook.import_(document, prepared, by="pat") == "new"
    (edition,) = await handbook.editions()
    assert (edition.document, edition.imported_at, edition.imported_by) == (document, NOON, "pat")
    assert (edition.begins, edition.ends) == (date(2026, 1, 1), None)
    kept = await handbook.passages(date(2026, 3, 1))
    assert [each.passage for each in kept] == [each.passage for each in prepared]
    assert [each.asked for each in kept] == [("how long",), ()] == list(await handbook.asked(document.version) or ())
    for before, after in zip(prepared, kept, strict=True):
        assert np.array_equal(before.texts, after.texts)
        assert np.array_equal(before.questions, after.questions)


async def test_the_same_file_again_changes_nothing(handbook: Handbook, clock: ManualClock) -> None:
    await handbook.import_(*read(), by="pat")
    clock.advance(60)
    assert await handbook.import_(*read(), by="kim") == "same"
    (edition,) = await handbook.editions()
    assert (edition.imported_at, edition.imported_by) == (NOON, "pat")
    assert len(await handbook.passages(date(2026, 3, 1))) == 2


async def test_new_questions_change_only_what_a_passage_is_found_by(handbook: Handbook) -> None:
    document, prepared = read()
    await handbook.import_(document, prepared, by="pat")
    assert await handbook.import_(*read(asked=("how long", "when do I get it")), by="kim") == "asked"
    first, second = await handbook.passages(date(2026, 3, 1))
    assert (first.passage, first.asked) == (prepared[0].passage, ("how long", "when do I get it"))
    assert (len(first.texts), len(first.questions)) == (len(prepared[0].texts), 2)
    assert second.passage == prepared[1].passage
    assert len(await handbook.editions()) == 1


async def test_a_changed_file_ends_the_edition_before_it(handbook: Handbook) -> None:
    await handbook.import_(*read(), by="pat")
    await handbook.import_(*read(PAGE.replace(b"Sixty", b"Thirty"), "2026-07-01"), by="pat")
    old, new = await handbook.editions()
    assert (old.ends, new.begins, new.ends) == (date(2026, 7, 1), date(2026, 7, 1), None)
    in_spring = await handbook.passages(date(2026, 6, 30))
    assert [each.passage.version for each in in_spring] == [old.document.version] * 2 + [new.document.version] * 2
    for day, version in ((date(2026, 6, 30), old), (date(2026, 7, 1), new)):
        applying = [each.passage for each in in_spring if applies(each.passage, Reader("db", "1", day))]
        assert {passage.version for passage in applying} == {version.document.version}
    assert {each.passage.version for each in await handbook.passages(date(2026, 7, 1))} == {new.document.version}


async def test_of_two_imports_for_one_day_the_later_applies_and_the_first_is_kept(handbook: Handbook) -> None:
    await handbook.import_(*read(), by="pat")
    await handbook.import_(*read(PAGE.replace(b"Sixty", b"Thirty")), by="pat")
    first, second = await handbook.editions()
    assert (first.begins, first.ends) == (date(2026, 1, 1), date(2026, 1, 1))
    assert {each.passage.version for each in await handbook.passages(date(2026, 3, 1))} == {second.document.version}


async def test_an_edition_that_says_when_it_ends_does(handbook: Handbook) -> None:
    imported = importing.read("a.html", PAGE, (MATTER.format(day="2026-01-01") + "until: 2026-03-01\n").encode())
    await handbook.import_(imported.document, list(prepare(imported.passages, [(), ()], counted)), by="pat")
    assert len(await handbook.passages(date(2026, 2, 28))) == 2
    assert await handbook.passages(date(2026, 3, 1)) == ()


async def test_the_words_of_another_document_are_refused(handbook: Handbook) -> None:
    await handbook.import_(*read(), by="pat")
    with pytest.raises(Problem, match=r"copy\.html: holds the very words of refunds\.html"):
        await handbook.import_(*read(name="copy.html"), by="pat")
    assert len(await handbook.editions()) == 1


async def test_many_passages_are_kept_in_their_order(handbook: Handbook) -> None:
    page = b"".join(b"<h2>Part %d</h2><p>Words of %d.</p>" % (number, number) for number in range(250))
    document, prepared = read(page)
    await handbook.import_(document, prepared, by="pat")
    kept = await handbook.passages(date(2026, 3, 1))
    assert [each.passage.anchor for each in kept] == [f"part-{number}" for number in range(250)]
