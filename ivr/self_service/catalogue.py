"""Every self-service there is. Menus name them; `SPECS` is what `ivr check` knows of them, without any I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from core.clock import Clock
from core.errors import Problem
from ivr.dialog.actions import Served
from ivr.self_service import closing_specs, words
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
from ivr.self_service.service import Customer, Service, Spec
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

SPECS: Mapping[str, Spec] = {spec.name: spec for spec in (*(spec for spec, _ in _KINDS), *closing_specs.ALL)}


def services(office: Office) -> dict[str, Service]:
    """Every service for members, ready to serve. Reads the names of forms, so make them before calls come in."""
    words.named()
    return {spec.name: kind(office) for spec, kind in _KINDS}


class Services:
    """The services by name, as the menu's driver asks for them. Made before calls come in: it reads a file.

    `others` are those that are not for members.
    """

    def __init__(self, office: Office, clock: Clock, others: Iterable[Service] = ()) -> None:
        self._services, self._clock = services(office), clock
        self._services |= {service.spec.name: service for service in others}

    async def serve(self, name: str, customer: Customer) -> Served:
        """What came of it. Raises `Problem` where it cannot be answered."""
        if name not in self._services:
            raise Problem(f"there is no service {name!r}", remedy=f"There are {', '.join(sorted(self._services))}")
        return await self._services[name](customer, self._clock.now())
