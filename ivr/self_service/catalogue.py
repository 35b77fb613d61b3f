"""Every self-service there is. Menus name them; `SPECS` is what `ivr check` knows of them, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.self_service import words
from ivr.self_service.addresses import ChangeAddress, ConfirmAddress
from ivr.self_service.appointments import (
    AppointmentBook,
    AppointmentCancel,
    AppointmentMove,
    AppointmentOffer,
    AppointmentTime,
)
from ivr.self_service.by_mail import BenefitEstimate, FormByMail, IncomeLetter, TaxForm
from ivr.self_service.death_report import ReportDeath
from ivr.self_service.matters import ApplicationStatus, FormArrived, RefundStatus
from ivr.self_service.payments import LastPayment, MissingPayment, NextPayment
from ivr.self_service.pin_set import PinSet
from ivr.self_service.service import Service, Spec
from ivr.self_service.serving import Office

_KINDS: tuple[tuple[Spec, Callable[[Office], Service]], ...] = tuple(
    (kind.spec, kind)
    for kind in (
        NextPayment,
        LastPayment,
        MissingPayment,
        ApplicationStatus,
        RefundStatus,
        FormArrived,
        ConfirmAddress,
        ChangeAddress,
        TaxForm,
        FormByMail,
        BenefitEstimate,
        IncomeLetter,
        AppointmentOffer,
        AppointmentTime,
        AppointmentBook,
        AppointmentMove,
        AppointmentCancel,
        ReportDeath,
        PinSet,
    )
)

SPECS: Mapping[str, Spec] = {spec.name: spec for spec, _ in _KINDS}


def services(office: Office) -> dict[str, Service]:
    """Every service, ready to serve. Reads the names of forms, so make them before calls come in."""
    words.named()
    return {spec.name: kind(office) for spec, kind in _KINDS}
