"""A menu document from its files: what they say, how they belong together, and how a version is known."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from written_menu import GOOD, MAIN, SERVICES, read_text, spoiled, told

from core.errors import Problem
from core.yaml_places import Place
from ivr.document.model import (
    STANDARD,
    Case,
    Choose,
    Collect,
    Condition,
    Document,
    Hours,
    Identify,
    Menu,
    Option,
    Outside,
    Prompt,
    Queue,
    Reply,
    Serve,
    Stretch,
    Tries,
)
from ivr.document.reading import load, read, read_files

DAY = Stretch(opens=time(8), closes=time(17))


def document(text: str, **more: str) -> Document:
    result = read_text(text, **more)
    assert [str(finding) for finding in result.errors] == []
    assert result.document is not None
    return result.document


def hours(written: str) -> Hours:
    return document(spoiled(f"    monday-friday: 8:00-17:00 → {written}")).hours["office"]


# --- what it says -------------------------------------------------------------------------------


def test_every_step_is_read_with_its_short_forms() -> None:
    steps = document(GOOD).steps
    assert isinstance(menu := steps["main"], Menu)
    assert menu.say == (Prompt(texts={"en": "Main menu.", "es": "Menú principal."}),)
    assert menu.speech
    assert menu.tries == Tries(most=3, wait_s=6, next="people")
    assert menu.options["2"] == Option(about="Form", phrases={"en": ("form",), "es": ("formulario",)}, next="form")
    assert menu.options["1"].phrases == {"en": ("payments",), "es": ("pagos", "mi pago")}
    assert isinstance(serve := steps["payment"], Serve)
    assert (serve.identify, serve.unverified, serve.outcomes["none"]) == ("who", "person", Reply(next="person"))
    assert isinstance(collect := steps["form"], Collect)
    assert (collect.name, collect.kind, collect.least, collect.most) == ("form", "digits", 1, 3)
    assert isinstance(choose := steps["language"], Choose)
    assert choose.keys == {"1": "en", "2": "es"}
    assert isinstance(identify := steps["who"], Identify)
    assert (identify.ways, identify.verified, identify.minor) == (("pin",), "main", "person")
    assert isinstance(queue := steps["people"], Queue)
    assert (queue.hours, queue.closed, queue.facts) == ("office", "closed", {"form": "{form}"})
    assert getattr(steps["when"], "cases") == (  # noqa: B009
        Case(when=Condition(open="office", since=date(2026, 1, 1), until=date(2030, 12, 31)), next="main"),
    )


def test_one_digit_count_is_least_and_most() -> None:
    step = document(spoiled("digits: 1-3 → digits: 8")).steps["form"]
    assert isinstance(step, Collect)
    assert (step.least, step.most) == (8, 8)


def test_an_option_is_called_what_the_step_it_leads_to_is_called() -> None:
    text = spoiled("    speech: true\\n → ").replace("    tries:", "      3: bye\n      4: person\n    tries:")
    menu = document(text.replace("bye: {step: goodbye}", "bye: {step: goodbye, about: The end}")).steps["main"]
    assert isinstance(menu, Menu)
    assert [option.about for option in menu.options.values()] == ["Payments", "Form", "The end", "a person"]


def test_an_option_may_keep_texts_and_take_one_back() -> None:
    menu = document(
        spoiled('        next: form\\n → \\n        value: {which: refund, form: ""}\\n        next: form\\n')
    )
    assert isinstance(main := menu.steps["main"], Menu)
    assert [option.value for option in main.options.values()] == [{}, {"which": "refund", "form": ""}]


def test_a_shared_prompt_a_built_in_one_and_texts_may_be_said_together() -> None:
    step = document(spoiled("say: shut, next: bye → say: [shut, sorry, {en: Bye., es: Adiós., barge: no}], next: bye"))
    said = getattr(step.steps["closed"], "say")  # noqa: B009
    assert [prompt.texts["en"] for prompt in said] == [
        "We are closed.",
        "I am sorry, something went wrong on our side. Please stay on the line, and someone will help you.",
        "Bye.",
    ]
    assert [prompt.barge for prompt in said] == [True, True, False]


def test_built_in_prompts_are_there_in_english_and_spanish_and_give_way_to_the_documents_own() -> None:
    built = document(GOOD).standard
    assert tuple(built) == STANDARD
    assert all(set(prompt.texts) == {"en", "es"} for say in built.values() for prompt in say)
    own = document(spoiled("  shut: {en →   silent: {en: Hello?}\\n  shut: {en")).standard
    assert own["silent"][0].texts == {"en": "Hello?", "es": built["silent"][0].texts["es"]}
    assert own["wrong"] == built["wrong"]


def test_a_document_in_one_language_needs_no_other() -> None:
    head = "name: n, languages: [en], zone: UTC, start: p, person: p"
    whole = document(f"{{{head}, steps: {{p: {{step: queue, queue: q, say: {{en: Hi.}}}}}}}}")
    assert whole.standard["silent"][0].texts == {"en": "I did not hear anything."}


def test_the_number_of_an_agency_is_kept_as_it_is_dialled() -> None:
    text = (
        GOOD
        + '  agency: {step: outside, number: 1 (800) 633-4227, say: {en: "{number}", es: "{number}"}, failed: bye}\n'
    )
    step = document(text.replace("otherwise: closed", "otherwise: agency")).steps["agency"]
    assert isinstance(step, Outside)
    assert step.number == "18006334227"


# --- what YAML would make of it -----------------------------------------------------------------


def test_norwegian_is_a_language_and_yes_is_a_truth() -> None:
    text = (
        "{name: on, languages: [en, no], zone: UTC, start: ask, person: p, prompts: {"
        + ", ".join(f"{name}: {{no: Nei.}}" for name in STANDARD)
        + "}, steps: {ask: {step: choose, say: [{en: One.}, {no: To.}], keys: {1: en, 2: no}, next: p},"
        " p: {step: queue, queue: q, say: {en: yes, no: no, barge: off}, facts: {on: off, 010: 0x1F}}}}"
    )
    whole = document(text)
    assert (whole.name, whole.languages) == ("on", ("en", "no"))
    step = whole.steps["p"]
    assert isinstance(step, Queue)
    assert step.say == (Prompt(texts={"en": "yes", "no": "no"}, barge=False),)
    assert step.facts == {"on": "off", "010": "0x1F"}


@pytest.mark.parametrize("key", ["2", '"2"', "'2'"])
def test_a_key_may_be_written_bare_or_in_quotes(key: str) -> None:
    menu = document(GOOD.replace("      2:\n", f"      {key}:\n")).steps["main"]
    assert isinstance(menu, Menu)
    assert list(menu.options) == ["1", "2"]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("    monday-friday: 8:00-17:00", {"monday", "tuesday", "wednesday", "thursday", "friday"}),
        ("    monday-friday: 08:00 – 17:00", {"monday", "tuesday", "wednesday", "thursday", "friday"}),
        ("    saturday, sunday: 8:00-17:00", {"saturday", "sunday"}),
        ("    friday-monday: 8:00-17:00", {"friday", "saturday", "sunday", "monday"}),
        ("    wednesday: [8:00-17:00]", {"wednesday"}),
    ],
)
def test_days_are_named_alone_as_a_range_or_several(written: str, days: set[str]) -> None:
    assert hours(written).days == dict.fromkeys(days, (DAY,))


def test_several_stretches_stand_in_their_order_and_24_00_is_the_end_of_the_day() -> None:
    assert hours("    monday: [20:00-24:00, 8:00-12:00]\\n    tuesday: closed").days == {
        "monday": (Stretch(opens=time(8), closes=time(12)), Stretch(opens=time(20), closes=time(0))),
        "tuesday": (),
    }


def test_holidays_come_from_a_calendar_and_by_name() -> None:
    written = "[us-federal 2026-2027, {2026-11-27: Day after Thanksgiving, 2026-07-03: Ours}]"
    days = document(spoiled(f"{{2026-11-26: Thanksgiving}} → {written}")).hours["office"].holidays
    assert days[date(2026, 1, 1)] == "New Year's Day"
    assert days[date(2026, 11, 26)] == "Thanksgiving Day"
    assert days[date(2026, 11, 27)] == "Day after Thanksgiving"
    assert days[date(2026, 7, 3)] == "Ours"  # what is written by hand later wins
    assert date(2027, 6, 18) in days  # Juneteenth 2027, as it is observed
    assert {day.year for day in days} == {2026, 2027}
    assert list(days) == sorted(days)


def test_a_state_has_holidays_of_its_own() -> None:
    of_georgia = document(spoiled("{2026-11-26: Thanksgiving} → US-GA 2026")).hours["office"].holidays
    assert of_georgia[date(2026, 11, 27)] == "State Holiday"


def test_a_special_day_has_its_own_hours_or_none() -> None:
    written = "{2026-12-24: 8:00-12:00, 2026-12-31: closed}"
    special = document(spoiled(f"{{2026-12-24: 8:00-12:00}} → {written}")).hours["office"].special
    assert special == {date(2026, 12, 24): (Stretch(opens=time(8), closes=time(12)),), date(2026, 12, 31): ()}


# --- several files ------------------------------------------------------------------------------

STEPS = GOOD.index("steps:")
HEAD, REST = GOOD[:STEPS], GOOD[STEPS:]


def test_files_that_include_each_other_are_one_document() -> None:
    whole = document(GOOD)
    parts = document(f"include: [steps.yaml]\n{HEAD}", steps=f"include: [more.yaml]\n{REST}", more="prompts: {}")
    assert parts.steps == whole.steps
    assert parts.version != whole.version


def test_a_file_that_two_others_include_is_read_once() -> None:
    text = f"include: [a.yaml, b.yaml]\n{HEAD}"
    result = read_text(text, a="include: [c.yaml]", b="include: [c.yaml]", c=REST)
    assert told(result) == []
    assert list(result.files) == [MAIN, "a.yaml", "c.yaml", "b.yaml"]


def test_a_mistake_in_an_included_file_is_told_with_that_files_name() -> None:
    result = read_text(f"include: [steps.yaml]\n{HEAD}", steps=REST.replace("next: when", "next: wehn"))
    assert told(result) == [
        "steps.yaml:12:11: found the target 'wehn', expected a step of this document, back or person "
        "(did you mean 'when'?)"
    ]


@pytest.mark.parametrize(
    ("include", "files", "lines"),
    [
        ("[gone.yaml]", {}, ["1:11: found the file 'gone.yaml', which is not among the files that were kept, "]),
        ("[a.yaml]", {"a": "include: [menu.yaml]"}, ["a.yaml:1:11: found the file 'menu.yaml', which includes this"]),
        ("[a.yaml]", {"a": "include: [./a.yaml]"}, ["a.yaml:1:11: found the file 'a.yaml', which includes this one"]),
        (
            "[a.yaml]",
            {"a": "name: x"},
            ["a.yaml:1:1: found the unknown field 'name', expected one of include, prompts"],
        ),
        ("[a.yaml]", {"a": "steps: ["}, ["a.yaml:1:9: found expected the node content"]),
        (
            "[a.yaml]",
            {"a": "steps: {bye: {step: goodbye}}"},
            ["a.yaml:1:9: found 'bye' twice: it is at menu.yaml:92:3"],
        ),
        ("[../a.yaml]", {}, ["1:11: found '../a.yaml', expected a path from the main file's folder"]),
        ("[/etc/passwd]", {}, ["1:11: found '/etc/passwd', expected a path from the main file's folder"]),
        ("[a/../../b.yaml]", {}, ["1:11: found 'a/../../b.yaml', expected a path from the main file's folder"]),
        ("a.yaml", {}, ["1:10: found 'a.yaml', expected a list"]),
        ("[[a]]", {}, ["1:11: found a list, expected the name of a file"]),
    ],
)
def test_what_cannot_be_included_is_told(include: str, files: dict[str, str], lines: list[str]) -> None:
    result = read_text(f"include: {include}\n{GOOD}", **files)
    assert result.document is None
    assert len(told(result)) == len(lines)
    assert all(line.startswith(begins) for line, begins in zip(told(result), lines, strict=True)), told(result)


def test_a_chain_of_files_has_an_end() -> None:
    files = {MAIN: f"include: [f0.yaml]\n{GOOD}"}
    files |= {f"f{i}.yaml": f"include: [f{i + 1}.yaml]" for i in range(200)}
    result = read_files(MAIN, files, SERVICES)
    assert [finding.found for finding in result.errors] == ["more than 50 files"]


def test_a_document_has_so_many_steps_at_most() -> None:
    more = "".join(f"  s{i}: {{step: goodbye}}\n" for i in range(1000))
    assert [finding.found for finding in read_text(GOOD + more).errors] == ["step number 1001"]


# --- on the disk --------------------------------------------------------------------------------


def test_a_document_on_the_disk_is_told_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / MAIN
    path.write_text(spoiled("start: hello → start: helo"))
    result = read(path, SERVICES)
    place = Place(str(path), 4, 8)
    assert [finding.place for finding in result.findings] == [place]
    with pytest.raises(Problem, match=r"menu\.yaml:4:8: found the target 'helo'.*did you mean 'hello'"):
        load(path, SERVICES)


def test_every_error_is_in_the_one_problem_and_no_warning(tmp_path: Path) -> None:
    path = tmp_path / MAIN
    path.write_text(spoiled("start: hello → start: helo", "    speech: true\\n → ", "refuse: 9 → refuse: '#'"))
    with pytest.raises(Problem) as refused:
        load(path, SERVICES)
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "a file that cannot be read (No such file or directory)"),
        (b"\xff", "a file that holds a byte that is not UTF-8 at 0"),
        (b"a" * 1_000_001, "a file that is larger than 1,000,000 bytes"),
        (b"", "an empty file"),
        (b"just words", "'just words'"),
    ],
)
def test_a_file_that_is_no_document_is_told(tmp_path: Path, content: bytes | None, found: str) -> None:
    path = tmp_path / MAIN
    if content is not None:
        path.write_bytes(content)
    result = read(path)
    assert result.document is None
    assert result.findings[0].found == found


def recorded(folder: Path, *, seconds: float) -> Path:
    """A document whose welcome is recorded in English."""
    (folder / "sounds").mkdir(exist_ok=True)
    soundfile.write(folder / "sounds" / "welcome.wav", np.zeros(int(seconds * 8000), dtype=np.int16), 8000)
    path = folder / MAIN
    path.write_text(spoiled("es: Bienvenido.} → es: Bienvenido., recorded: {en: sounds/welcome.wav}}"))
    return path


def test_a_recorded_file_is_named_from_the_documents_folder_and_counts_for_the_version(tmp_path: Path) -> None:
    first = load(recorded(tmp_path, seconds=1), SERVICES)
    assert getattr(first.steps["hello"], "say")[0].recorded == {"en": "sounds/welcome.wav"}  # noqa: B009
    second = load(recorded(tmp_path, seconds=2), SERVICES)
    assert first.version != second.version


def test_a_recorded_file_is_as_long_as_it_is(tmp_path: Path) -> None:
    result = read(recorded(tmp_path, seconds=20.6), SERVICES)
    assert [(str(finding.place), finding.severity, finding.found) for finding in result.findings] == [
        (f"{tmp_path / MAIN}:8:59", "warning", "a prompt of 21 s")
    ]


def test_a_recorded_file_that_is_not_there_or_no_sound_is_told(tmp_path: Path) -> None:
    path = recorded(tmp_path, seconds=1)
    sound = tmp_path / "sounds" / "welcome.wav"
    sound.write_bytes(b"no sound")
    [no_sound] = read(path, SERVICES).errors
    sound.unlink()
    [gone] = read(path, SERVICES).errors
    assert no_sound.found == "a recorded file that is no sound"
    assert gone.found == "a recorded file that cannot be read (No such file or directory)"
    assert gone.expected == "the sound file sounds/welcome.wav"


# --- versions -----------------------------------------------------------------------------------


def test_a_version_is_sixteen_hexadecimal_digits_of_all_that_was_read() -> None:
    first = document(GOOD).version
    assert len(first) == 16
    assert int(first, 16) >= 0
    assert document(GOOD).version == first
    assert document(GOOD + "# a word more\n").version != first


def test_what_was_read_can_be_kept_and_read_again_as_the_same_version(tmp_path: Path) -> None:
    path = recorded(tmp_path, seconds=1)
    path.write_text(f"include: [steps.yaml]\n{path.read_text()[: path.read_text().index('steps:')]}")
    (tmp_path / "steps.yaml").write_text(REST)
    result = read(path, SERVICES)
    assert result.document is not None
    again = read_files(result.main, result.files, SERVICES, version=result.document.version)
    assert again.document == result.document
    assert again.files == result.files


def test_the_place_of_anything_can_be_asked_for() -> None:
    result = read_text(GOOD)
    assert result.place("steps", "main", "options", "1") == Place(MAIN, 41, 7)
    assert result.place("steps", "main", "options", "1", "next") == Place(MAIN, 45, 15)
    assert result.place("steps", "main", "nothing", "of", "that", "kind") == Place(MAIN, 36, 3)
    assert result.place("nothing") == Place(MAIN)
