"""Everything that can be wrong with a menu: found at its place, told in words, kept from callers if it is an error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from written_menu import GOOD, MAIN, SERVICES, read_text, spoiled, told

from ivr.document.reading import read_files

BAD: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "bad.yaml").read_text())


def test_the_good_document_has_nothing_wrong() -> None:
    result = read_text(GOOD)
    assert told(result) == []
    assert result.document is not None


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["about"])
def test_a_mistake_is_told_with_its_place_and_what_was_meant(case: dict[str, Any]) -> None:
    result = read_text(spoiled(*case["changes"]))
    assert told(result) == case["told"]
    assert (result.document is None) == any(not line.endswith("(warning)") for line in case["told"])


def test_all_mistakes_are_told_at_once_and_in_the_order_of_the_file() -> None:
    result = read_text(
        spoiled(
            "America/New_York → America/NewYork",
            "monday-friday: 8:00-17:00 → monday-friday: 8-17",
            "next: language → next: languag",
            "service: payment → service: paymnt",
            'en: "{value}." → en: "{wait}."',
        )
    )
    assert [line.split(":")[0] for line in told(result)] == ["3", "13", "18", "53", "74"]


def test_what_is_asked_of_services_is_left_alone_where_they_are_not_known() -> None:
    text = spoiled("service: payment → service: paymnt", "      none: person\\n → ", "It is {amount}. → It is {x}.")
    assert read_files(MAIN, {MAIN: text}).findings == ()


def test_a_language_without_texts_is_told_for_each_prompt_and_for_the_built_in_ones() -> None:
    lines = told(read_text(spoiled("languages: [en, es] → languages: [en, es, fr]")))
    assert lines[0].startswith("2:21: found the language 'fr' without the prompts that are built in for others")
    assert lines[0].endswith("silent, wrong, over, sorry, yes_no, confirm_keys, locked, moment, nobody")
    assert sum("found no text in fr" in line for line in lines) == 14
    assert sum("found no phrases in fr" in line for line in lines) == 2


def test_what_a_service_told_of_a_member_is_not_there_for_whoever_identifies_themselves_next() -> None:
    """But what the caller entered is."""
    text = GOOD.replace("        next: back\n", "        next: again\n") + (
        "  again: {step: identify, number: shut, number_again: shut, pin: shut, pin_again: shut,\n"
        "          verified: told, unverified: told}\n"
        '  told: {step: announce, say: {en: "{form}", es: "{extra}"}, next: bye}\n'
    )
    services = {**SERVICES, "mail": replace(SERVICES["mail"], outcomes={"sent": ("form", "extra")})}
    assert told(read_files(MAIN, {MAIN: text}, services)) == [
        "94:31: found {extra}, which is not given on every way here, expected one of announcement, first_name, form"
    ]


def test_what_an_option_keeps_is_for_services_and_in_no_text() -> None:
    text = spoiled(
        "        next: form\\n → \\n        value: {which: refund}\\n        next: told\\n",
        '{form}", copies → {which}", copies',
    )
    text += '  told: {step: announce, say: {en: "{which}.", es: "{which}."}, next: form}\n'
    assert told(read_text(text)) == [
        "94:31: found {which}, which is not given on every way here, expected one of announcement, first_name"
    ]


def test_the_name_of_what_an_option_keeps_is_one_that_services_can_be_given() -> None:
    assert told(
        read_text(spoiled("        next: form\\n → \\n        value: {Which-Form: refund}\\n        next: form\\n"))
    ) == ["50:17: found 'Which-Form', expected a name of lower-case letters, digits and _ that begins with a letter"]


def test_a_secret_is_in_no_text() -> None:
    text = spoiled(
        "digits: 1-3 → digits: 1-3\\n    secret: true",
        '    confirm: {en: "{value}.", es: "{value}."}\\n → ',
        "next: mailed → next: told",
    )
    text += '  told: {step: announce, say: {en: "{form}.", es: "{form}."}, next: mailed}\n'
    assert told(read_text(text)) == [
        "92:31: found {form}, which is not given on every way here, expected one of announcement, first_name"
    ]


def test_a_detour_to_be_identified_takes_nothing_away_from_where_identifying_leads_by_itself() -> None:
    """`who` is entered from the collected form, and by the service from a menu that knows of no form."""
    text = spoiled("next: mailed → next: who", "verified: main → verified: told")
    text += '  told: {step: announce, say: {en: "{form}.", es: "{form}."}, next: mailed}\n'
    assert told(read_text(text)) == []


def test_a_menu_that_leads_to_itself_has_a_way_out_by_0_and_by_silence() -> None:
    text = spoiled("say: shut, next: bye → say: shut, next: round")
    text += "  round: {step: menu, say: shut, options: {1: round, 2: bye}}\n"
    assert [line for line in told(read_text(text)) if "way out" in line] == []


def test_0_may_mean_something_else_and_the_star_may_be_written_down_as_what_it_means() -> None:
    text = GOOD.replace(
        "    tries: {most",
        "      0: {next: bye, phrases: {en: bye, es: adiós}}\n"
        "      '*': {next: back, phrases: {en: back, es: atrás}}\n"
        "    tries: {most",
    ).replace("step: announce, say: welcome, next: language", "step: menu, say: welcome, options: {1: language}")
    assert told(read_text(text)) == []
