"""The dialog with a caller as a pure core: document, state, what was heard, the world now → next state and action."""
