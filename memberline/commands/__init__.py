"""The command line, one module a command; each exports `command`."""
