"""Callers say what they want instead of pressing a key: what may be said, what was meant, and who listens."""
