"""Secrets are taken out of what is said before anything of it is stored, pushed or logged."""
