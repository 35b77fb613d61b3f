"""The desk in a real browser: what an agent sees, presses and hears read out."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest
from desk_house import PASSWORD, DeskHouse
from desk_story import (
    ALARM,
    AT,
    CALLER,
    DRAFT,
    GUIDE,
    MEMBER,
    SUGGESTION,
    WALL,
    conversation,
    desk,
    drafted,
    named,
    offered,
    phase,
    ringing,
    suggested,
    words,
)
from msgspec.structs import replace
from playwright.async_api import Page, expect
from waiting import until

from assist.desk.messages import (
    AlarmRaised,
    AnyDeskEvent,
    GuideChanged,
    OfferEnded,
    RecordingChanged,
    Transfer,
    TransferChanged,
)
from assist.desk.routes import TransferAsked
from assist.recording.routes import PauseAsked
from core.events import encode
from core.routes import Refusal
from records.contact import ContactDraft

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "agent_widget/node_modules/axe-core/axe.min.js"
WIDTHS = (320, 360, 768, 1280, 2560)


async def sit_down(page: Page, house: DeskHouse, username: str = "dana") -> None:
    """Open the page, sign in, and wait until the desk hears its server."""
    await page.goto(house.address)
    await sign_in(page, username)


async def sign_in(page: Page, username: str = "dana") -> None:
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    if username == "dana":
        await expect(page.get_by_text("Connected", exact=True)).to_be_visible()


async def in_call(page: Page, house: DeskHouse, *events: AnyDeskEvent) -> None:
    """Sit down to a call that was answered, and to what happened in it."""
    await sit_down(page, house)
    await house.office.tell(*offered(ringing()), *phase("talking"), *events)
    await expect(page.locator("call-bar")).to_be_visible()


async def after_call(page: Page, house: DeskHouse) -> None:
    """Sit down to a call that is over, its draft written."""
    await in_call(page, house, *conversation(), drafted(), *phase("wrap_up"))
    await expect(page.get_by_text("Check, correct, confirm")).to_be_visible()


async def test_the_pop_is_there_while_the_phone_rings(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await expect(page.get_by_role("heading", name="Waiting for a call")).to_be_visible()
    await house.office.tell(*offered(ringing()))
    pop = page.locator("caller-pop")
    await expect(pop.get_by_role("heading", name=MEMBER.name)).to_be_visible()
    for known in (
        "Verified by PIN",
        "Agreed to recording and transcription",
        "Hard of hearing: speak up",
        "Tier 1 (before 2008)",
        "$1,942.15 on Mar 31, 2026",
        "Service credit review asked for on Feb 18",
        "Asked for a duplicate 1099-R; mailed on January 29.",
    ):
        await expect(pop.get_by_text(known)).to_be_visible()
    await expect(pop.locator(".chosen strong")).to_have_text(CALLER.chosen)
    await expect(pop.locator("dl").last).to_contain_text("Calling from (478) 555-0142")
    await expect(page.locator("call-bar").get_by_text("Waited 1:14")).to_be_visible()
    await expect(page).to_have_title("Ringing – Memberline")


async def test_an_offer_that_ends_leaves_the_desk_and_says_why(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await house.office.tell(*offered(ringing()), OfferEnded(at=AT, call_id="call-1", why="not answered in time"))
    await expect(page.get_by_text("The call left your phone: not answered in time")).to_be_visible()
    await expect(page.locator("caller-pop")).to_have_count(0)


async def test_words_grow_grey_and_stand_black(page: Page, house: DeskHouse) -> None:
    await in_call(page, house, words(2, share=0.4))
    line = page.locator("live-transcript li")
    await expect(line).to_have_class("caller turn partial ")
    await expect(line).to_contain_text("yes good morning i called last")
    grey = await line.locator(".text").evaluate("node => getComputedStyle(node).color")
    await house.office.tell(words(2))
    await expect(line).to_contain_text("look at my statement")
    await expect(line).to_contain_text(MEMBER.name)
    await expect(line).to_contain_text("0:16")
    assert await line.locator(".text").evaluate("node => getComputedStyle(node).color") != grey
    await expect(page.get_by_role("log")).to_have_text(
        "Caller: yes good morning i called last month and the young man told me to look at my statement"
    )


async def test_partial_words_are_never_read_out(page: Page, house: DeskHouse) -> None:
    await in_call(page, house, words(2, share=0.4), words(2, share=0.8))
    await expect(page.locator("live-transcript li")).to_contain_text("the young man")
    await expect(page.get_by_role("log")).to_have_text("")


async def test_the_transcript_follows_unless_the_reader_scrolled_up(page: Page, house: DeskHouse) -> None:
    await page.set_viewport_size({"width": 1280, "height": 500})
    await in_call(page, house, *conversation(8))
    await expect(page.locator("li", has_text="an analyst can go through")).to_be_in_viewport()
    region = page.get_by_role("region", name="Transcript")
    await region.evaluate("node => { node.scrollTop = 0 }")
    jump = page.get_by_role("button", name="Jump to now")
    await expect(jump).to_be_visible()
    await house.office.tell(words(9))
    await expect(page.get_by_text("my number changed too")).to_have_count(2)  # in the transcript and read out
    await expect(page.locator("li", has_text="thank you for calling")).to_be_in_viewport()
    await page.keyboard.press("Alt+j")
    await expect(page.locator("li", has_text="my number changed too")).to_be_in_viewport()
    await expect(jump).to_have_count(0)


async def test_a_suggestion_is_accepted_with_one_key(page: Page, house: DeskHouse) -> None:
    await in_call(page, house, *conversation(3), suggested())
    card = page.locator("advice-cards li")
    await expect(card).to_contain_text("Transfer to Pension Analyst")
    await expect(card).to_contain_text("Very likely")
    await expect(card).to_contain_text(SUGGESTION.reason)
    await expect(card).to_contain_text(SUGGESTION.evidence)
    await expect(page.locator("live-transcript li.evidence")).to_contain_text("nineteen and a half years")
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_text("Connecting to Pension Analyst …").first).to_be_visible()
    asked = TransferAsked(destination="pension_analyst", suggestion_id="s-1")
    await until(lambda: house.office.commands == [("transfer", asked)])
    done = Transfer(destination="pension_analyst", destination_name="Pension Analyst", state="completed")
    await house.office.tell(TransferChanged(at=AT, call_id="call-1", transfer=done))
    await expect(page.locator("call-bar").get_by_text("Transferred to Pension Analyst")).to_be_visible()


async def test_a_suggestion_is_dismissed_with_one_key(page: Page, house: DeskHouse) -> None:
    await in_call(page, house, *conversation(3), suggested())
    await expect(page.get_by_role("button", name="Dismiss")).to_be_visible()
    await page.keyboard.press("Alt+x")
    await expect(page.locator("advice-cards")).to_have_count(0)
    await until(lambda: house.office.commands == [("dismiss", "s-1")])


async def test_an_alarm_tells_what_to_do_where_help_would_go_and_ends_with_one_key(
    page: Page, house: DeskHouse
) -> None:
    await in_call(page, house, *conversation(3), AlarmRaised(at=AT, call_id="call-1", alarm=ALARM))
    card = page.locator("alarm-cards")
    await expect(card.get_by_role("heading", name="Words of self-harm")).to_be_visible()
    await expect(card.get_by_text("Offer 988.")).to_be_visible()
    await expect(card).to_contain_text(MEMBER.address[0])
    await expect(card).to_contain_text("(478) 555-0142")
    await expect(page.locator(".unseen[role=status]").first).to_contain_text("Stay on the line")
    await page.keyboard.press("Alt+e")
    await expect(card).to_have_count(0)
    assert house.office.commands == [("alarm seen to", "self_harm-1")]


async def test_a_hand_is_raised_with_one_key(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    await expect(page.locator("call-bar")).to_contain_text("Talking")
    await page.keyboard.press("Alt+h")
    await expect(page.locator("alarm-cards").get_by_role("heading", name="A hand is raised")).to_be_visible()
    await page.keyboard.press("Alt+e")
    await expect(page.locator("alarm-cards")).to_have_count(0)
    assert house.office.commands == [("alarm", "help"), ("alarm seen to", "help-1")]


async def test_the_guide_tells_what_to_say_what_the_handbook_says_and_what_to_send(
    page: Page, house: DeskHouse
) -> None:
    await in_call(page, house, *conversation(3), GuideChanged(at=AT, call_id="call-1", guide=GUIDE))
    panel = page.locator("guide-panel")
    await expect(panel.get_by_text("This call is recorded.")).to_be_visible()
    passage = panel.locator("details").first
    await expect(passage).to_contain_text("If your service is wrong")
    await passage.locator("summary").click()
    await expect(passage.locator("mark")).to_have_text("A review takes about sixty days.")
    await panel.get_by_role("button", name="Send: Service Credit Review Request").click()
    await expect(panel.get_by_text("Will be sent")).to_be_visible()
    await until(lambda: any(name == "draft" for name, _ in house.office.commands))
    [sent] = [draft for name, draft in house.office.commands if name == "draft"]
    assert isinstance(sent, ContactDraft)
    assert [each.what for each in sent.correspondence] == ["Service Credit Review Request"]
    assert ("opened", "p-1") in house.office.commands

    await page.keyboard.press("Alt+g")
    await page.keyboard.type("service wrong")
    await expect(panel.get_by_role("heading", name="Found in the handbook")).to_be_visible()
    await expect(panel.locator("details")).to_have_count(1)
    await page.keyboard.press("Control+a")
    await page.keyboard.type("xyzzy")
    await expect(panel.get_by_text("Nothing in the handbook fits these words.")).to_be_visible()


async def test_a_refused_command_says_why_and_can_be_tried_again(page: Page, house: DeskHouse) -> None:
    await in_call(page, house, suggested())
    house.office.refuse = Refusal(409, "You are not talking with this caller now")
    accept = page.get_by_role("button", name="Accept")
    await accept.click()
    await expect(page.get_by_text("You are not talking with this caller now")).to_be_visible()
    house.office.refuse = None
    await accept.click()
    await expect(page.get_by_text("Connecting to Pension Analyst …").first).to_be_visible()


async def test_a_transfer_by_hand_without_a_mouse(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    await expect(page.locator("call-bar")).to_contain_text("Talking")
    await page.keyboard.press("Alt+t")
    await expect(page.get_by_label("Find a destination")).to_be_focused()
    await page.keyboard.type("death")
    await expect(page.locator("transfer-picker").get_by_role("radio")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("transfer-picker")).to_have_count(0)
    await until(lambda: house.office.commands == [("transfer", TransferAsked(destination="survivor_services"))])


async def test_the_recording_is_paused_and_goes_on_with_one_key(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    bar = page.locator("call-bar")
    await expect(bar.get_by_role("status")).to_have_text("Recording")
    await page.keyboard.press("Alt+p")
    await expect(bar.get_by_role("status")).to_have_text("Recording paused")
    await bar.get_by_role("button", name="Record again").click()
    await expect(bar.get_by_role("status")).to_have_text("Recording")
    await house.office.tell(RecordingChanged(at=AT, call_id="call-1", recording="secret"))
    await expect(bar.get_by_role("status")).to_have_text("Recording paused while a card or PIN is taken")
    await page.keyboard.press("Alt+p")
    await expect(bar.get_by_role("status")).to_have_text("Recording")
    assert house.office.commands == [
        ("record", PauseAsked(paused=True)),
        ("record", PauseAsked(paused=False)),
        ("record", PauseAsked(paused=False, kind="secret")),
    ]


async def test_another_agency_is_no_place_to_transfer_to(page: Page, house: DeskHouse) -> None:
    agency = replace(SUGGESTION, destination="social_security", destination_name="Social Security Administration")
    await in_call(page, house, suggested(agency))
    await expect(page.get_by_role("heading", name="Refer the caller to Social Security")).to_be_visible()
    await expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    await page.keyboard.press("Alt+a")
    await page.get_by_role("button", name="Transfer …").click()
    await expect(page.get_by_role("radio", name="Social Security")).to_be_disabled()
    assert house.office.commands == []


async def test_the_contact_is_corrected_and_confirmed_with_the_keyboard_alone(page: Page, house: DeskHouse) -> None:
    await after_call(page, house)
    await page.keyboard.press("Alt+c")
    await expect(page.get_by_label("Reason for the call")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Says 24.5 years were worked, 19.5 are credited.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("desk-idle")).to_be_visible()
    edited = replace(DRAFT, summary="Says 24.5 years were worked, 19.5 are credited.")
    await until(lambda: house.office.commands[-1:] == [("confirm", edited)])
    await expect(page.get_by_role("main")).to_be_focused()
    await expect(page.locator("desk-idle")).to_contain_text(edited.summary)


async def test_every_part_of_the_contact_can_be_corrected(page: Page, house: DeskHouse) -> None:
    await after_call(page, house)
    form = page.locator("contact-form")
    await form.get_by_role("button", name="Remove topic Benefit dispute").click()
    await form.get_by_label("Add a topic").select_option("address_change")
    await form.get_by_label("Follow-up").check()
    await form.get_by_label("Value of update 1").fill("478-555-0199")
    await form.get_by_role("button", name="Add an update").click()
    await form.get_by_label("Field of update 2").select_option("email")
    await form.get_by_label("Value of update 2").fill("lorraine@example.org")
    await form.get_by_role("button", name="Remove promise 1").click()
    await form.get_by_role("button", name="Add a promise").click()
    await form.get_by_role("textbox", name="Promise 1").fill("call back by friday")
    await form.get_by_role("button", name="Confirm contact").click()
    await expect(page.locator("desk-idle")).to_be_visible()
    (confirmed,) = [what for command, what in house.office.commands if command == "confirm"]
    assert isinstance(confirmed, ContactDraft)
    assert confirmed.topics == ("service_credit", "address_change")
    assert confirmed.resolution == "follow_up"
    assert [(update.field, update.value) for update in confirmed.updates] == [
        ("phone", "478-555-0199"),
        ("email", "lorraine@example.org"),
    ]
    assert confirmed.commitments == ("call back by friday",)


async def test_what_the_agent_types_is_saved_and_not_overwritten(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    summary = page.get_by_label("Summary")
    await summary.fill("My own words")
    await house.office.tell(drafted())
    await expect(page.get_by_label("Reason for the call")).to_have_value(DRAFT.reason)
    await expect(summary).to_have_value("My own words")
    await expect(summary).to_be_focused()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await house.office.tell(words(1), suggested())
    await expect(page.locator("advice-cards")).to_be_visible()
    await expect(summary).to_be_focused()
    saved = [what for command, what in house.office.commands if command == "draft"]
    assert [draft.summary for draft in saved if isinstance(draft, ContactDraft)] == ["My own words"]


@pytest.mark.parametrize("forgotten", [False, True], ids=["what was missed follows", "a fresh look"])
async def test_a_dropped_connection_recovers(page: Page, house: DeskHouse, forgotten: bool) -> None:
    await in_call(page, house, *conversation(2))
    await house.close_gateway()
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await house.office.tell(*conversation(5)[2:], suggested())
    if forgotten:
        house.forget()
    await house.open_gateway()
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(page.locator("live-transcript li")).to_have_count(5)
    await expect(page.locator("advice-cards li")).to_have_count(1)
    await house.office.tell(words(6))
    await expect(page.locator("live-transcript li")).to_have_count(6)


async def test_what_was_typed_outlives_a_restart_of_the_server(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    await house.stop()
    await page.get_by_label("Summary").fill("My own words")
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await house.start_anew()
    await sign_in(page)
    await expect(page.get_by_label("Summary")).to_have_value("My own words")
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await until(lambda: house.office.commands == [("draft", ContactDraft(summary="My own words"))])


async def test_a_tab_from_last_week_signs_in_anew_and_says_what_is_lost(page: Page, house: DeskHouse) -> None:
    """Its cookie opens nothing, what it heard is of another epoch, and the call that it shows is long over."""
    await in_call(page, house, *conversation(2))
    await house.stop()
    await page.get_by_label("Summary").fill("My own words")
    house.office.state = desk()
    await house.start_anew()
    await sign_in(page)
    await expect(page.get_by_text("what you typed last is lost")).to_be_visible()
    await expect(page.locator("desk-idle")).to_be_visible()
    await house.office.tell(*offered(ringing()))
    await expect(page.locator("caller-pop")).to_be_visible()
    assert house.office.commands == []


async def test_of_two_tabs_one_confirms_and_the_other_is_told(page: Page, house: DeskHouse) -> None:
    await after_call(page, house)
    other = await page.context.new_page()
    await other.goto(house.address)
    await other.get_by_label("Summary").fill("Of the other tab")
    await page.get_by_label("Summary").fill("Of this tab")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("desk-idle")).to_contain_text("Of this tab")
    await expect(other.locator("desk-idle")).to_be_visible()
    assert [what.summary for command, what in house.office.commands if command == "confirm"] == ["Of this tab"]  # type: ignore[attr-defined]


async def test_the_widget_works_in_another_page(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    intranet = """<!doctype html><html lang="en"><title>Intranet</title><body style="margin: 0">
        <agent-desk style="height: 100vh; --desk-accent: rgb(90, 30, 120)"></agent-desk>
        <script>
            const desk = document.querySelector("agent-desk"), told = [];
            for (const name of ["call-offered", "member-identified", "contact-confirmed", "phase-changed"]) {
                desk.addEventListener(name, ({ detail }) => told.push([name, detail]));
            }
        </script>
        <script type="module" src="/agent-widget.js"></script>"""
    await page.route("**/intranet", lambda route: route.fulfill(body=intranet, content_type="text/html"))
    await page.goto(f"{house.address}/intranet")
    await expect(page.get_by_role("heading", name="Waiting for a call")).to_be_visible()
    await house.office.tell(*offered(ringing()), *phase("talking"), suggested())
    await expect(page.get_by_role("heading", name=MEMBER.name)).to_be_visible()
    await expect(page.get_by_role("button", name="Accept")).to_have_css("background-color", "rgb(90, 30, 120)")
    await house.office.tell(drafted(), *phase("wrap_up"))
    await expect(page.get_by_text("Check, correct, confirm")).to_be_visible()
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("desk-idle")).to_be_visible()
    told = await page.evaluate("told")
    assert [name for name, _ in told if name != "phase-changed"] == [
        "call-offered",
        "member-identified",
        "contact-confirmed",
    ]
    assert told[1][1] == {"call_id": "call-1", "member_id": MEMBER.member_id, "member_number": MEMBER.member_number}


async def test_the_widget_shows_what_the_server_would(page: Page, house: DeskHouse) -> None:
    """State plus events equals a fresh fetch, with the server's reducer on one side and the widget's on the other."""
    events = (
        *offered(ringing()),
        *phase("talking"),
        words(2, share=0.3),
        words(1),
        words(3),
        words(2),
        suggested(),
        suggested(replace(SUGGESTION, suggestion_id="s-2")),
        suggested(replace(SUGGESTION, suggestion_id="s-3")),
        *phase("held"),
        *phase("talking"),
        drafted(),
        *phase("wrap_up"),
    )
    await page.goto(house.address)
    before = encode(house.office.state).decode()
    for number in range(1, len(events) + 1):
        await house.office.tell(events[number - 1])
        shown = await page.evaluate(
            """async ([state, events]) => {
                const { apply } = await import("/agent-widget.js");
                return JSON.stringify(events.map((event) => JSON.parse(event)).reduce(apply, JSON.parse(state)));
            }""",
            [before, [encode(event).decode() for event in events[:number]]],
        )
        assert msgspec.json.decode(shown) == msgspec.json.decode(encode(house.office.state))


async def test_markup_in_a_name_is_text(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    name = "<img src=x onerror=\"document.title='broken'\"><b>Bold</b> O'Neil"
    await house.office.tell(*offered(ringing(named(name))))
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert await page.locator("caller-pop img, caller-pop b").count() == 0
    assert await page.title() == "Ringing – Memberline"


async def test_a_number_match_shows_candidates_and_verifies_nobody(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    match = replace(CALLER, verification="number_match")
    call = replace(ringing(None, match), candidates=(MEMBER, named("Theodore Abernathy")))
    await house.office.tell(*offered(call))
    pop = page.locator("caller-pop")
    await expect(pop.get_by_text("Not verified – number match only")).to_be_visible()
    await expect(pop.locator(".candidate")).to_have_count(2)
    await expect(pop.locator(".candidate").last).to_contain_text("Theodore Abernathy Not verified")
    await expect(pop.get_by_text("$1,942.15")).to_have_count(0)


async def test_who_refuses_transcription_is_served_with_a_contact_by_hand(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await house.office.tell(*offered(ringing(caller=replace(CALLER, consent="refused"))))
    await expect(page.get_by_text("Refused recording and transcription")).to_be_visible()
    await expect(page.locator("live-transcript").get_by_text("Not transcribed: the caller refused")).to_be_visible()
    await expect(page.locator("contact-form").get_by_text("write the contact by hand")).to_be_visible()


async def test_a_briefing_is_shown_to_whom_the_call_was_passed_on(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house)
    await house.office.tell(*offered(replace(ringing(), briefing="Disputes 19.5 years. Promised: a call back.")))
    await expect(page.get_by_text("Disputes 19.5 years. Promised: a call back.")).to_be_visible()


async def test_who_speaks_for_the_member_is_chosen_from_what_holds_today(page: Page, house: DeskHouse) -> None:
    await in_call(page, house)
    who = page.get_by_role("group", name="Who speaks")
    await expect(who.get_by_role("radio", name="The member")).to_be_checked()
    ended = who.get_by_role("radio", name="June Abernathy")
    await expect(ended).to_be_disabled()
    await expect(who).to_contain_text("Ended on Jan 1, 2023")
    await who.get_by_role("radio", name="Theodore Abernathy").check()
    await until(lambda: ("acting", "y-1") in house.office.commands)
    await expect(who.get_by_role("radio", name="Theodore Abernathy")).to_be_checked()
    await who.get_by_role("radio", name="The member").check()
    await until(lambda: ("acting", None) in house.office.commands)


async def test_the_whole_history_on_request(page: Page, house: DeskHouse) -> None:
    last = MEMBER.last_contacts[0]
    older = (replace(last, contact_id=f"k-older-{n}", summary=f"Older, {n}.") for n in range(30))
    house.office.history = (*MEMBER.last_contacts, *older)
    await in_call(page, house)
    shown = page.locator("caller-pop .contacts li")
    await page.get_by_role("button", name="Show all contacts").click()
    await expect(shown).to_have_count(20)
    await page.get_by_role("button", name="Show more contacts").click()
    await expect(shown).to_have_count(len(house.office.history))
    await expect(shown.last).to_contain_text("Older, 29.")
    await expect(page.get_by_role("button", name="contacts")).to_have_count(0)


async def test_a_wrong_password_is_told_and_a_session_outlives_a_reload(page: Page, house: DeskHouse) -> None:
    await page.goto(house.address)
    await page.get_by_label("User name").fill("dana")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The user name or the password is wrong.")).to_be_visible()
    await expect(page.get_by_label("Password")).to_be_focused()
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Connected", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("User name")).to_be_visible()


async def test_a_supervisor_sees_all_phones(page: Page, house: DeskHouse) -> None:
    await sit_down(page, house, "sam")
    await expect(page.get_by_text("3 callers waiting")).to_be_visible()
    await expect(page.get_by_role("cell", name=MEMBER.name)).to_be_visible()
    await expect(page.get_by_role("cell", name="Luis Ferrer")).to_be_visible()


@pytest.mark.parametrize("forgotten", [False, True], ids=["what was missed follows", "a fresh look"])
async def test_the_wall_is_pushed_and_true_again_after_a_drop(page: Page, house: DeskHouse, forgotten: bool) -> None:
    await sit_down(page, house, "sam")
    await expect(page.get_by_role("status").get_by_text("Connected")).to_be_visible()
    called = replace(WALL.calls[0], call_id="call-2", caller="Theodore Boone", phase="waiting", agent="")
    line = replace(WALL.queues[0], waiting=4)
    await house.office.show(replace(WALL, queues=(line, *WALL.queues[1:]), calls=(*WALL.calls, called)))
    await expect(page.get_by_text("4 callers waiting")).to_be_visible()
    await expect(page.get_by_role("cell", name="Theodore Boone")).to_be_visible()
    await house.close_gateway()
    await expect(page.get_by_role("status").get_by_text("Reconnecting")).to_be_visible()
    await house.office.show(replace(WALL, queues=(replace(line, waiting=1), *WALL.queues[1:]), calls=(called,)))
    if forgotten:
        house.forget()
    await house.open_gateway()
    await expect(page.get_by_text("1 caller waiting")).to_be_visible()
    await expect(page.get_by_role("cell", name=MEMBER.name)).to_have_count(0)
    await expect(page.get_by_role("cell", name="Theodore Boone")).to_be_visible()


async def states(page: Page, house: DeskHouse) -> list[str]:
    """Walk through all that the desk can look like, checking each; returns what is wrong."""
    wrong: list[str] = []
    axe = AXE.read_text(encoding="utf-8")
    office = house.office

    async def check(name: str) -> None:
        await page.evaluate(axe)
        result = await page.evaluate(
            "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] })"
        )
        for violation in result["violations"]:
            wrong.extend(f"{name}: {violation['id']}: {node['target']}" for node in violation["nodes"])
        width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if width[0] > width[1]:
            wrong.append(f"{name}: scrolls sideways, {width[0]} > {width[1]}")

    await page.goto(house.address)
    await expect(page.get_by_label("User name")).to_be_visible()
    await check("sign in")
    await sit_down(page, house)
    await check("idle")
    await office.tell(*offered(replace(ringing(), briefing="Disputes 19.5 years.")))
    await expect(page.locator("caller-pop")).to_be_visible()
    await check("ringing")
    await office.tell(*phase("talking"), *conversation(5), words(6, share=0.5), suggested(), drafted())
    await expect(page.locator("advice-cards")).to_be_visible()
    await check("talking")
    await page.keyboard.press("Alt+t")
    await expect(page.locator("transfer-picker")).to_be_visible()
    await check("choosing a destination")
    await page.keyboard.press("Escape")
    await office.tell(*conversation(), *phase("wrap_up"))
    await expect(page.get_by_text("Check, correct, confirm")).to_be_visible()
    await check("wrap-up")
    match = replace(CALLER, verification="number_match", consent="refused")
    await office.tell(*offered(replace(ringing(None, match), call_id="call-2", candidates=(MEMBER, named("Theodore")))))
    await expect(page.get_by_text("Refused recording")).to_be_visible()
    await check("refused, candidates")
    return wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_accessible_and_in_one_column_of_words_at_every_width(
    page: Page, house: DeskHouse, width: int, scheme: str
) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 800})
    assert await states(page, house) == []


async def test_the_wall_is_accessible(page: Page, house: DeskHouse) -> None:
    await page.set_viewport_size({"width": 360, "height": 800})
    await sit_down(page, house, "sam")
    await expect(page.get_by_text("3 callers waiting")).to_be_visible()
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    result = await page.evaluate("axe.run()")
    assert result["violations"] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_desk_is_small(desk_files: Path) -> None:
    size = sum(len(gzip.compress(file.read_bytes())) for file in desk_files.rglob("*.*"))
    assert size < 150_000
