"""The dialog with a caller as a pure state machine: state and what was heard in, next state and action out.

It plays nothing and looks nothing up: the session (`ivr.session`) does each `Action` and answers with a `Heard`. A PIN
never comes in here: the session checks it and reports only the result, so a recorded dialog holds no secret.

    greeting ─▶ number ─▶ pin ─▶ menu ─▶ queue          three misses anywhere lead on to a person, unverified
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from core.events import Message
from ivr.menu import Menu
from records.contact import Consent, Verification

# --- what the dialog asks for --------------------------------------------------------------------


class Play(Message, frozen=True, kw_only=True, tag=True):
    """Play to the end; only one of `stop_keys` cuts it short. Answered by `Keys` (empty: played through)."""

    prompt: str
    stop_keys: str = ""


class Collect(Message, frozen=True, kw_only=True, tag=True):
    """Play, cut short by any key, and collect up to `digits` keys or until `#`. Answered by `Keys` or `Nothing`."""

    prompts: tuple[str, ...]
    digits: int
    wait_s: float


class FindMember(Message, frozen=True, kw_only=True, tag=True):
    """Look a member number up. Answered by `Member`."""

    number: str


class CheckPin(Message, frozen=True, kw_only=True, tag=True):
    """Collect a PIN as a sensitive read and check it for the member at hand. Answered by `PinResult`."""

    prompts: tuple[str, ...]
    digits: int
    wait_s: float


class Queue(Message, frozen=True, kw_only=True, tag=True):
    """Play, then leave the menu for this queue. The last action of every dialog."""

    prompts: tuple[str, ...]
    queue: str
    priority: int | None = None


Action = Play | Collect | FindMember | CheckPin | Queue

# --- what it is told -----------------------------------------------------------------------------


class Keys(Message, frozen=True, kw_only=True, tag=True):
    digits: str


class Nothing(Message, frozen=True, kw_only=True, tag=True):
    """The caller pressed no key in time."""


class Member(Message, frozen=True, kw_only=True, tag=True):
    member_id: str | None


class PinResult(Message, frozen=True, kw_only=True, tag=True):
    result: Literal["right", "wrong", "locked", "nothing"]


Heard = Keys | Nothing | Member | PinResult

# --- the dialog ----------------------------------------------------------------------------------

At = Literal["greeting", "refusal", "number", "finding", "pin", "menu", "queued"]


class State(Message, frozen=True, kw_only=True):
    """Where the dialog stands and what it learnt. `member_id` may come from the calling number (`number_match`)."""

    at: At = "greeting"
    misses: int = 0
    member_id: str | None = None
    verification: Verification = "none"
    consent: Consent = "pending"
    chosen: str = ""
    path: tuple[str, ...] = ()


def begin(menu: Menu, member_id: str | None) -> tuple[State, Action]:
    """Start with the member that the calling number belongs to, if it is exactly one."""
    state = State(member_id=member_id, verification="number_match" if member_id else "none")
    return state, Play(prompt="welcome", stop_keys=menu.refuse_key)


def advance(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    """The next state and action. Pure, and total: any input in any state leads on."""
    return _STEPS[state.at](menu, state, heard)


def _consented(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    """Who hears the notice through and stays has agreed; who presses the refusal key has not."""
    if isinstance(heard, Keys) and menu.refuse_key in heard.digits and heard.digits:
        state = replace(state, at="refusal", consent="refused", path=(*state.path, "recording refused"))
        return state, Play(prompt="refused")
    return _ask_number(menu, replace(state, consent="given"), "ask-number")


def _ask_number(menu: Menu, state: State, prompt: str) -> tuple[State, Action]:
    return replace(state, at="number"), Collect(prompts=(prompt,), digits=menu.number_digits, wait_s=menu.wait_s)


def _number(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    if isinstance(heard, Keys) and heard.digits:
        return replace(state, at="finding"), FindMember(number=heard.digits)
    path = (*state.path, "no member number")
    return _ask_choice(menu, replace(state, path=path), ("not-verified", "menu"))


def _found(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    if isinstance(heard, Member) and heard.member_id is not None:
        state = replace(state, misses=0, member_id=heard.member_id, verification="none")
        path = (*state.path, "member number entered")
        return _ask_pin(menu, replace(state, path=path), "ask-pin")
    return _missed(menu, state, "number not found", "ask-number-again")


def _ask_pin(menu: Menu, state: State, prompt: str) -> tuple[State, Action]:
    return replace(state, at="pin"), CheckPin(prompts=(prompt,), digits=menu.pin_digits, wait_s=menu.wait_s)


def _pin(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    result = heard.result if isinstance(heard, PinResult) else "nothing"
    if result == "right":
        path = (*state.path, "PIN right")
        return _ask_choice(menu, replace(state, verification="pin", misses=0, path=path), ("verified", "menu"))
    if result == "wrong":
        return _missed(menu, state, "PIN wrong", "ask-pin-again")
    path = (*state.path, "PIN locked" if result == "locked" else "no PIN")
    return _ask_choice(menu, replace(state, path=path), ("not-verified", "menu"))


def _missed(menu: Menu, state: State, step: str, again: str) -> tuple[State, Action]:
    """Ask again, or after the last try go on unverified: a caller is never turned away for a forgotten number."""
    state = replace(state, misses=state.misses + 1, path=(*state.path, step))
    if state.misses >= menu.tries:
        return _ask_choice(menu, state, ("not-verified", "menu"))
    return (_ask_pin if state.at == "pin" else _ask_number)(menu, state, again)


def _ask_choice(menu: Menu, state: State, prompts: tuple[str, ...], misses: int = 0) -> tuple[State, Action]:
    state = replace(state, at="menu", misses=misses)
    return state, Collect(prompts=prompts, digits=1, wait_s=menu.wait_s)


def _choice(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    option = menu.option(heard.digits) if isinstance(heard, Keys) else None
    if option is None:
        if state.misses + 1 < menu.tries:
            state = replace(state, path=(*state.path, "no such choice"))
            return _ask_choice(menu, state, ("menu-again",), state.misses + 1)
        option = menu.otherwise
    state = replace(state, at="queued", chosen=option.chosen, path=(*state.path, option.chosen))
    return state, Queue(prompts=("connecting",), queue=option.queue, priority=option.priority)


def _after_queue(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    """Nothing should be heard after the end; whoever still talks to the dialog is sent to a person."""
    return state, Queue(prompts=(), queue=menu.otherwise.queue)


def _after_refusal(menu: Menu, state: State, heard: Heard) -> tuple[State, Action]:
    return _ask_number(menu, state, "ask-number")


_STEPS: dict[At, Callable[[Menu, State, Heard], tuple[State, Action]]] = {
    "greeting": _consented,
    "refusal": _after_refusal,
    "number": _number,
    "finding": _found,
    "pin": _pin,
    "menu": _choice,
    "queued": _after_queue,
}
