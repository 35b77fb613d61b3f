"""The phone system as facts (calls, legs, queues, presence, audio) and verbs (transfer, tap, hang up)."""
