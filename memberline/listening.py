"""The ear put together: which language is heard with what, what of it may be seen, and where it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from assist.discretion import Discretion
from assist.redaction.model import Policy
from assist.speech.languages import Ear, Languages
from assist.speech.models import SpeechModel
from core.errors import Problem
from memberline.settings import Settings
from records.recording_keys import MasterKeys
from records.sealing import Sealing


def languages(models: Mapping[str, SpeechModel]) -> Languages:
    return Languages({language: Ear.with_model(model) for language, model in models.items()})


def keys(settings: Settings) -> MasterKeys | None:
    """None: nothing is kept that needs one."""
    return MasterKeys(settings.recording_key, settings.recording_old_keys) if settings.recording_key else None


def discretion(settings: Settings, master: MasterKeys | None) -> Callable[[str, str], Discretion]:
    """Begins one for a call, given its language and id. Raises `Problem` for a setting that says no rule."""
    policy = Policy.of(_by_kind(settings.redaction))
    sealing = Sealing(master) if master is not None else None

    def begin(language: str, call_id: str) -> Discretion:
        seal = partial(sealing.seal, call_id) if sealing is not None else None
        return Discretion(language, policy=policy, seal=seal)

    return begin


def _by_kind(setting: tuple[str, ...]) -> Mapping[str, str]:
    """`("bank_account=mask",)` by kind."""
    pairs = [each.partition("=") for each in setting]
    if wrong := [kind for kind, equals, mode in pairs if not (equals and mode)]:
        raise Problem(f"{wrong[0]!r} has no mode", place="redaction", remedy="Write KIND=MODE, like ssn=mask")
    return {kind: mode for kind, _, mode in pairs}
