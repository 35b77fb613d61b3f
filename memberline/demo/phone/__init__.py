"""A small real SIP telephone for the demo and the tests: it registers, calls, answers, speaks, hears, presses keys."""

from memberline.demo.phone.call import Call, CallFailed, CallOver
from memberline.demo.phone.phone import Phone

__all__ = ["Call", "CallFailed", "CallOver", "Phone"]
