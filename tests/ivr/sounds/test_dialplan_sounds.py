"""What Asterisk plays by itself is there under the names that it looks for, in every language."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import soundfile
from centre import site

from core.errors import Problem
from ivr.sounds import dialplan
from ivr.sounds.store import NotPrepared, SoundStore
from memberline.setup import prompts
from telephony.pbx.config import snippets

TEXTS = """\
sorry: {en: We are sorry., es: Lo sentimos.}
queue-thereare: {en: You are number, es: Usted es el número}
"""


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.yaml"
    path.write_text(TEXTS)
    return path


def named(folder: Path) -> set[str]:
    paths = [path for path in folder.rglob("*.wav") if path.relative_to(folder).parts[0] != "cache"]
    return {str(path.relative_to(folder).with_suffix("")) for path in paths}


def test_every_sound_that_the_configuration_names_has_a_text_in_both_languages() -> None:
    configured = "".join(snippets(site()).values())
    wanted = set(re.findall(r"\bmemberline/([a-z][a-z0-9-]*)\b(?!/)", re.sub(r"DB\(\S*\)", "", configured)))
    assert {"sorry", "no-agents"} <= wanted
    assert wanted <= set(dialplan.texts())
    for by_language in dialplan.texts().values():
        assert {"en", "es"} <= set(by_language)


def test_numbers_have_the_names_that_say_number_composes() -> None:
    """English: 0 to 20, tens. Spanish: 0 to 30, tens, and; a hundred in three forms."""
    names = {each.name: each.text for each in dialplan.names(("en", "es"))}
    for number in [*range(21), *range(30, 100, 10)]:
        assert f"digits/{number}" in names
    for number in [*range(31), *range(40, 100, 10), *range(200, 1000, 100)]:
        assert f"es/digits/{number}" in names
    assert (names["digits/21"], names["es/digits/21"]) == ("twenty-one", "veintiuno")
    assert (names["es/digits/100"], names["es/digits/100-and"], names["es/digits/and"]) == ("cien", "ciento", "y")


def test_setting_up_makes_them_once_and_removes_what_is_no_longer_named(tmp_path: Path, texts: Path) -> None:
    folder = tmp_path / "prompts"
    said: list[str] = []
    count = prompts.provide(folder, said.append, texts=texts)
    assert said[-1] == f"sounds of the dialplan, {count} of {count}"
    assert {"sorry", "es/sorry", "queue-thereare", "es/queue-thereare", "digits/7", "es/digits/7"} <= named(folder)
    assert len(named(folder)) == count
    for name, rate in (("sorry.wav", 8_000), ("es/sorry.wav16", 16_000)):
        assert soundfile.info(folder / name).samplerate == rate
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav*")}
    (folder / "welcome.wav").write_bytes(b"of an earlier version")
    assert prompts.provide(folder, said.append, texts=texts) == count
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav*")} == before


def test_a_changed_text_takes_the_name_of_the_old_one(tmp_path: Path, texts: Path) -> None:
    folder = tmp_path / "prompts"
    prompts.provide(folder, str, texts=texts, languages=("en",))
    before = soundfile.info(folder / "sorry.wav").duration
    texts.write_text(TEXTS.replace("We are sorry.", "We are very sorry indeed. Please call again tomorrow."))
    prompts.provide(folder, str, texts=texts, languages=("en",))
    assert soundfile.info(folder / "sorry.wav").duration > before + 1
    seven = folder / "digits/7.wav"
    assert any(os.path.samefile(seven, kept) for kept in (folder / "cache").glob("*.wav"))  # a name, and no copy


def test_a_language_without_texts_is_named_with_what_is_missing(texts: Path) -> None:
    with pytest.raises(Problem, match=r"texts.yaml: sorry has no text in fr, vi"):
        list(dialplan.names(("en", "fr", "vi"), texts))


async def test_all_sounds_that_cannot_be_made_are_told(tmp_path: Path, texts: Path) -> None:
    async with SoundStore(tmp_path / "prompts", {}) as store:
        with pytest.raises(NotPrepared) as raised:
            await dialplan.provide(store, ("en",), path=texts)
    assert len(raised.value.problems) > 100
    assert "sorry: prompt 'We are sorry.': no voice in 'en'" in str(raised.value)


@pytest.mark.parametrize("content", ["- a\n- b\n", "sorry: [1]\n", "sorry: {en: 5}\n", "sorry: {"])
def test_a_file_of_another_form_is_refused(texts: Path, content: str) -> None:
    texts.write_text(content)
    with pytest.raises(Problem, match="Expected name → language → text"):
        dialplan.texts(texts)
