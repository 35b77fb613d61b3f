"""The dialog with a caller as a pure core: document, state, what was heard, the world now → next state and action."""

from ivr.dialog.stepping import advance, begin

__all__ = ["advance", "begin"]
