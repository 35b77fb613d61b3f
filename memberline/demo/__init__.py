"""The demo: simulated callers and agents with SIP telephones of their own, on a private Asterisk."""
