"""Where set-up and the demo keep what they make: inside the project's folder, never elsewhere."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parents[1]
PBX = PROJECT / ".pbx"
ASTERISK = PBX / "asterisk"
PROMPTS = PBX / "prompts"
MENU = PROJECT / "ivr" / "menus" / "peachtree" / "menu.yaml"  # the sample plan's
CLOSING_MENU = PROJECT / "ivr" / "menus" / "closing" / "menu.yaml"  # for the staff
SERVERS = PBX / "servers"  # what only the tests start
RUN = PROJECT / ".run"  # the demo's database, configuration, logs
DESK = PROJECT / "agent_widget" / "dist"
IDENTITY_PROVIDER = PROJECT / "tests" / "oidc"  # of the tests too: its packages stand beside its program
