"""Menus and collected input, told as calls: keys, phrases, and what comes of silence and of wrong input."""

from __future__ import annotations

from datetime import date

import pytest
from calls import Call, entered
from documents import document, option, plan, prompt, say
from msgspec.structs import replace

from ivr.dialog.actions import Ask, AskQueue, Enqueue, Keys, Listen, Nothing, Play, QueueNow, Said, Served, Words
from ivr.document.model import BACK, AnyStep, Collect, Consent, Kind, Menu, Reply, Serve, Tries
from ivr.speaking import values
from ivr.speaking.values import AnyValue, Day, Digits, Money

ASKS = AskQueue(queue="member_services")


def at_main(*, consent: bool = True) -> Call:
    """At the main menu of the plan, heard through or refused."""
    call = Call(plan()).waits()
    return call.listens_through() if consent else call.presses("9")


def words(call: Call) -> Words | None:
    assert isinstance(call.action, Listen)
    return call.action.words


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_opens_its_way_and_is_told_in_words() -> None:
    call = at_main().presses("1")
    assert call.at == "payments"
    assert (call.learnt.chosen, call.path[-1]) == ("Payments", "Payments")


def test_a_menu_says_its_own_words_and_then_its_options() -> None:
    call = at_main()
    assert call.said[:3] == ["Main menu.", "For Payments", "For Change of address"]
    assert isinstance(call.action, Listen)
    assert call.action.most == 1


def test_zero_reaches_a_person() -> None:
    call = at_main().presses("0")
    assert call.action == ASKS
    assert "asked for a person" in call.path


def test_what_an_option_keeps_is_what_the_service_is_asked_with() -> None:
    steps: dict[str, AnyStep] = {
        "menu": Menu(
            options={
                "1": replace(option("Refund", "mail"), value={"form": "refund"}),
                "2": replace(option("Any", "mail"), value={"form": ""}),
            }
        ),
        "mail": Serve(service="office_hours", using={"form": "{form}"}, outcomes={"told": Reply(next="menu")}),
    }
    told = Served(outcome="told", values={"form": values.Words(texts={"en": "the refund form"})})
    call = Call(document(steps)).presses("1")
    assert call.action == Ask(service="office_hours", inputs={"form": "refund"})
    call.hears(told).presses("2")
    assert call.action == Ask(service="office_hours", inputs={"form": ""})
    assert "form" not in call.state.values


def test_an_option_of_its_own_takes_the_place_of_zero() -> None:
    menu = Menu(say=say("Menu."), options={"0": option("Goodbye", "bye")})
    assert Call(document({"menu": menu})).presses("0").at == "bye"


def test_a_star_goes_back_to_the_menu_before_and_all_is_slow_from_then_on() -> None:
    call = at_main().presses("1", "*")
    assert call.at == "main"
    assert isinstance(call.action, Listen)
    assert call.action.slow
    assert call.action.wait_s == 2 * Tries().wait_s
    assert call.presses("1").state.slow


def test_a_star_in_the_first_menu_repeats_it_slowly() -> None:
    call = at_main()
    first = call.said
    assert (call.presses("*").at, call.said, call.state.slow) == ("main", first, True)


def test_an_option_may_lead_back() -> None:
    assert at_main().presses("1", "9").at == "main"


def test_back_from_a_step_behind_a_menu_is_that_menu() -> None:
    assert at_main().presses("3", "*").at == "main"


def test_back_without_a_menu_before_is_a_person() -> None:
    steps = {"collect": Collect(name="x", kind="digits", say=say("What?"), next=BACK)}
    assert Call(document(steps)).presses("12#").action == ASKS


def test_silence_and_wrong_keys_are_answered_each_in_their_own_words_and_end_at_a_person() -> None:
    call = at_main().waits()
    assert call.said[:2] == ["[silent]", "Main menu."]
    assert call.presses("8").said[:2] == ["[wrong]", "Main menu."]
    assert call.waits().action == ASKS
    call.hears(QueueNow())
    assert isinstance(call.action, Enqueue)
    assert call.said == ["[over]", "I will connect you."]
    assert "Main menu: too many tries" in call.path


def test_a_menu_may_have_words_and_a_way_of_its_own_for_that() -> None:
    tries = Tries(most=2, silent=say("Still there?"), wrong=say("Not that."), over=say("Enough."), next="bye")
    menu = Menu(say=say("Menu."), options={"1": option("Anything", "people")}, tries=tries)
    assert Call(document({"menu": menu})).waits().said[0] == "Still there?"
    assert Call(document({"menu": menu})).presses("4").said[0] == "Not that."
    call = Call(document({"menu": menu})).presses("#").waits()
    assert (call.at, call.said) == ("bye", ["Enough.", "Goodbye."])


def test_tries_count_anew_in_every_menu() -> None:
    assert at_main().waits(2).presses("1").waits(2).at == "payments"


# --- lines that no key cuts short -----------------------------------------------------------------


def uncut(most: int = 1) -> Call:
    question: Menu | Collect = Menu(say=(prompt("Listen well.", barge=False),), options={"1": option("Bye", "bye")})
    if most > 1:
        question = Collect(
            name="x",
            kind="digits",
            least=2,
            most=most,
            say=(prompt("Listen well.", barge=False), *say("What?")),
            next="bye",
        )
    return Call(document({"question": question}))


def test_what_no_key_may_cut_short_is_played_by_itself_before_the_question() -> None:
    call = uncut()
    assert isinstance(call.action, Play)
    assert (call.action.stop_keys, call.action.ahead, call.said) == ("", True, ["Listen well."])
    assert isinstance(call.listens_through().action, Listen)
    assert call.said == ["For Bye"]
    assert call.presses("1").at == "bye"


def test_a_key_pressed_meanwhile_is_the_answer() -> None:
    assert uncut().presses("1").at == "bye"


def test_keys_pressed_meanwhile_are_the_first_of_a_longer_answer() -> None:
    call = uncut(most=4).presses("1")
    assert isinstance(call.action, Listen)
    assert (call.action.most, call.said) == (3, ["What?"])
    assert call.presses("23#").state.texts == {"x": "123"}
    assert uncut(most=4).presses("12").waits().state.texts == {"x": "12"}
    assert uncut(most=4).presses("12#").state.texts == {"x": "12"}
    assert uncut(most=4).presses("1234").state.texts == {"x": "1234"}


# --- speech ---------------------------------------------------------------------------------------


def test_any_phrase_of_an_option_may_be_said_and_the_words_for_a_person_always_work() -> None:
    call = at_main()
    heard = words(call)
    assert heard is not None
    assert heard.phrases["my pension check"] == "1"
    assert {phrase for phrase, key in heard.phrases.items() if key == "0"} == {"agent", "representative", "operator"}
    assert call.hears(Said(keys="1", text="my pension check", sure=True)).at == "payments"
    assert at_main().hears(Said(keys="0", text="operator", sure=True)).action == ASKS


def test_phrases_are_those_of_the_callers_language() -> None:
    heard = words(Call(plan()).presses("2").listens_through())
    assert heard is not None
    assert heard.phrases["payments es"] == "1"
    assert heard.phrases["agente"] == "0"
    assert "payments" not in heard.phrases


def test_without_consent_nothing_is_listened_to_but_keys() -> None:
    call = at_main(consent=False)
    assert words(call) is None
    assert call.hears(Said(keys="1", text="payments", sure=True)).at == "main"


def test_what_was_not_surely_heard_is_confirmed() -> None:
    call = at_main().hears(Said(keys="1", text="payments", sure=False))
    assert isinstance(call.action, Listen)
    assert (call.said[1:], call.action.words) == (["[yes_no]"], Words(kind="yes_no"))
    assert call.action.lines[0].values["words"].texts == {"": "payments"}  # type: ignore[union-attr]
    assert call.presses("1").at == "payments"


def test_yes_may_be_said() -> None:
    call = at_main().hears(Said(keys="0", text="agent", sure=False), Said(keys="1", text="yes", sure=True))
    assert call.action == ASKS


def test_no_asks_again() -> None:
    call = at_main().hears(Said(keys="1", text="payments", sure=False)).presses("2")
    assert (call.at, call.said[:2]) == ("main", ["[wrong]", "Main menu."])
    assert words(call) is not None


def test_silence_at_the_confirmation_asks_again() -> None:
    call = at_main().hears(Said(keys="1", text="payments", sure=False), Nothing())
    assert (call.at, call.said[:2]) == ("main", ["[silent]", "Main menu."])


def test_zero_and_star_work_at_the_confirmation_too() -> None:
    unsure = Said(keys="1", text="payments", sure=False)
    assert at_main().hears(unsure).presses("0").action == ASKS
    assert at_main().hears(unsure).presses("*").at == "main"


def test_after_two_misses_only_keys_are_taken() -> None:
    noise = Said(keys="", text="", sure=False)
    call = at_main().hears(noise)
    assert words(call) is not None
    assert words(call.hears(noise)) is None
    assert call.state.tries == 0  # speech that was not understood took none of the tries
    assert words(call.waits()) is None
    assert words(call.presses("1")) is not None  # the next menu listens again


# --- collected input ------------------------------------------------------------------------------


def collect(kind: Kind, **fields: object) -> Call:
    given: dict[str, object] = {"name": "it", "kind": kind, "say": say("What?"), "next": "bye", **fields}
    steps: dict[str, AnyStep] = {"consent": Consent(say=say("Recorded."), next="collect"), "collect": Collect(**given)}  # type: ignore[arg-type]
    return Call(document(steps)).listens_through()


@pytest.mark.parametrize(
    ("kind", "keys", "value", "text"),
    [
        ("digits", "007", Digits(digits="007"), "007"),
        ("date", "02282026", Day(day=date(2026, 2, 28)), "2026-02-28"),
        ("amount", "1250", Money(cents=125000), "125000"),
        ("amount", "1250*75", Money(cents=125075), "125075"),
        ("amount", "0*50", Money(cents=50), "50"),
        ("phone", "4045550123", Digits(digits="4045550123"), "+14045550123"),
        ("phone", "14045550123", Digits(digits="4045550123"), "+14045550123"),
    ],
)
def test_each_kind_of_input_is_kept_to_be_said_and_to_be_used(
    kind: Kind, keys: str, value: AnyValue, text: str
) -> None:
    call = collect(kind).presses(keys + "#")
    assert (call.state.values["it"], call.state.texts["it"], call.at) == (value, text, "bye")


@pytest.mark.parametrize(("key", "text"), [("1", "yes"), ("2", "no")])
def test_yes_and_no(key: str, text: str) -> None:
    assert collect("yes_no").presses(key).state.texts == {"it": text}


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("date", "02302026"),  # no such day
        ("date", "2282026"),  # seven digits
        ("date", "13012026"),
        ("amount", "12*5"),
        ("amount", "1*2*3"),
        ("phone", "12345"),
        ("yes_no", "3"),
        ("digits", "12345"),  # longer than asked for
    ],
)
def test_what_is_none_of_that_kind_is_asked_again(kind: Kind, keys: str) -> None:
    call = collect(kind, most=4).presses(keys + "#")
    assert (call.at, call.said) == ("collect", ["[wrong]", "What?"])


@pytest.mark.parametrize("kind", ["date", "amount", "phone", "yes_no"])
def test_a_lone_zero_reaches_a_person_where_it_is_no_answer(kind: Kind) -> None:
    assert collect(kind).presses("0#").action == ASKS


def test_a_lone_zero_is_an_answer_where_one_digit_is_enough() -> None:
    assert collect("digits").presses("0#").state.texts == {"it": "0"}
    assert collect("digits", least=2).presses("0#").action == ASKS


def test_a_value_is_said_back_and_kept_or_entered_again() -> None:
    call = collect("digits", confirm=say("You entered {value}.")).presses("123#")
    assert isinstance(call.action, Listen)
    assert call.said == ["You entered {value}.", "[confirm_keys]"]
    assert call.action.lines[0].values == {"value": Digits(digits="123")}
    assert call.presses("2").said == ["What?"]
    assert call.presses("456#", "1").state.texts == {"it": "456"}


def test_silence_at_the_confirmation_says_it_again_and_ends_at_a_person() -> None:
    call = collect("digits", confirm=say("You entered {value}.")).presses("123#").waits()
    assert call.said == ["[silent]", "You entered {value}.", "[confirm_keys]"]
    assert call.waits(2).action == ASKS


def test_a_spoken_value_is_confirmed_unless_it_was_surely_heard() -> None:
    assert collect("digits", speech=True).hears(Said(keys="12", text="one two", sure=True)).at == "bye"
    call = collect("digits", speech=True).hears(Said(keys="12", text="one two", sure=False))
    assert call.said == ["{value}", "[confirm_keys]"]
    assert call.hears(Said(keys="1", text="yes", sure=True)).state.texts == {"it": "12"}


def test_a_person_may_be_asked_for_aloud_where_a_value_is_spoken() -> None:
    call = collect("date", speech=True)
    heard = words(call)
    assert heard is not None
    assert (heard.kind, heard.phrases["agent"]) == ("date", "0")
    assert call.hears(Said(keys="0", text="agent", sure=True)).action == ASKS


def test_speech_that_is_no_value_is_given_up_after_two_misses() -> None:
    call = collect("date", speech=True).hears(*[Said(keys="99", text="what", sure=True)] * 2)
    assert (call.at, words(call)) == ("collect", None)


def test_a_secret_is_never_said_back_and_no_text_may_name_it() -> None:
    call = collect("digits", secret=True, confirm=say("You entered {value}."))
    assert isinstance(call.action, Listen)
    assert call.action.sensitive
    assert call.presses("4711#").at == "bye"
    assert (call.state.values, call.state.texts) == ({}, {"it": "4711"})
    assert "4711" not in "".join(call.path)


def test_keys_before_a_secret_question_are_not_taken() -> None:
    call = collect("digits", secret=True, say=(prompt("Listen well.", barge=False), *say("What?")))
    assert isinstance(call.action, Play)
    assert not call.action.ahead
    assert isinstance(call.hears(Keys(digits="47")).action, Listen)
    assert call.state.typed == ""


def test_a_caller_who_never_answers_is_with_a_person_in_the_end() -> None:
    call = entered(plan(), "form").waits(3)
    assert call.action == ASKS
    assert replace(call.state, hops=0).at == "people"
