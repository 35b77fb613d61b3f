"""Words are kept with their times; what does not show is sealed, opens only in its place, and goes with the rest."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from core.database import Database
from core.errors import Problem
from core.ids import call_id
from records.contact import Line
from records.contacts import Contacts
from records.recording_keys import MasterKeys
from records.sealing import SealedStore, Sealing
from records.tables import Utterance
from records.transcript import Mask, SealedWords, SpokenWord

CALL = call_id("pbx", "1.7")
KEY, OTHER = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
SEALING = Sealing(MasterKeys(KEY))
LINE = Line(
    utterance_id="c1000",
    speaker="caller",
    name="Caller",
    start_s=1.0,
    end_s=2.0,
    text="it is •••",
    confidence=0.9,
    words=tuple(SpokenWord(text=text, start_s=1.0, end_s=1.2, confidence=0.9) for text in ("it", "is", "•••", "•••")),
    masks=(Mask(kind="bank_account", first=2, last=4, start_s=1.4, end_s=2.0),),
)


def sealed(text: str = "four two") -> SealedWords:
    box = SEALING.seal(CALL, "c1000", 2, text)
    return SealedWords(kind="bank_account", mode="for_update", first=2, last=4, sealed=box)


async def agreed(contacts: Contacts) -> str:
    contact_id = await contacts.open(
        CALL, system="pbx", linkedid="1.7", caller_number="", dialled="", started_at=datetime(2026, 3, 10, tzinfo=UTC)
    )
    await contacts.set_consent(CALL, "given")
    return contact_id


async def test_words_come_back_with_their_times_and_what_is_sealed_beside_them(contacts: Contacts) -> None:
    contact_id = await agreed(contacts)
    await contacts.add_utterances(CALL, [LINE], sealed={"c1000": [sealed()]})
    assert await contacts.transcript(contact_id) == (LINE,)
    [(utterance_id, kept)] = await contacts.sealed(contact_id)
    assert SEALING.open(CALL, utterance_id, kept.first, kept.sealed) == "four two"
    assert "four" not in kept.sealed


async def test_what_shows_after_all_is_sealed_no_longer(contacts: Contacts) -> None:
    contact_id = await agreed(contacts)
    await contacts.add_utterances(CALL, [LINE], sealed={"c1000": [sealed()]})
    await contacts.add_utterances(CALL, [replace(LINE, text="it is four two", masks=())])
    assert await contacts.sealed(contact_id) == ()


async def test_who_refuses_later_takes_what_is_sealed_away_too(contacts: Contacts) -> None:
    contact_id = await agreed(contacts)
    await contacts.add_utterances(CALL, [LINE], sealed={"c1000": [sealed()]})
    await contacts.set_consent(CALL, "refused")
    assert await contacts.sealed(contact_id) == ()
    assert await contacts.transcript(contact_id) == ()


def test_what_was_sealed_opens_in_its_place_and_with_its_key_alone() -> None:
    box = SEALING.seal(CALL, "c1000", 2, "four two")
    assert box != SEALING.seal(CALL, "c1000", 2, "four two")
    for place in ((call_id("pbx", "1.8"), "c1000", 2), (CALL, "c1001", 2), (CALL, "c1000", 3)):
        with pytest.raises(Problem):
            SEALING.open(*place, box)
    with pytest.raises(Problem, match="is not set"):
        Sealing(MasterKeys(OTHER)).open(CALL, "c1000", 2, box)
    assert Sealing(MasterKeys(OTHER, old=[KEY])).open(CALL, "c1000", 2, box) == "four two"


async def test_a_line_of_before_has_no_words(contacts: Contacts, db: Database) -> None:
    contact_id = await agreed(contacts)
    await contacts.add_utterances(CALL, [LINE])
    await db.write(lambda session: session.execute(update(Utterance).values(words=None, masks=None)))
    assert await contacts.transcript(contact_id) == (replace(LINE, words=(), masks=()),)


async def test_sealed_words_move_to_another_master_key(contacts: Contacts, db: Database) -> None:
    contact_id = await agreed(contacts)
    await contacts.add_utterances(CALL, [LINE], sealed={"c1000": [sealed()]})
    renewed = SealedStore(db, MasterKeys(OTHER, old=[KEY]))
    assert (await renewed.rewrap(), await renewed.rewrap()) == (1, 0)
    [(utterance_id, kept)] = await contacts.sealed(contact_id)
    assert Sealing(MasterKeys(OTHER)).open(CALL, utterance_id, kept.first, kept.sealed) == "four two"
