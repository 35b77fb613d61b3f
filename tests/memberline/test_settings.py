"""Settings from a file and the environment: what is right is taken, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import Problem
from memberline.settings import Settings, load


def test_without_anything_the_defaults_stand() -> None:
    assert load(None, {}) == Settings()


def test_the_environment_adds_to_the_file_and_wins(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('ami_port = 5039\nsystem_name = "north"\nallowed_origins = ["https://a.example"]')
    environment = {"MEMBERLINE_AMI_PORT": "5040", "MEMBERLINE_WRAP_UP_S": "12.5", "PATH": "/bin"}
    settings = load(tmp_path / "m.toml", environment)
    assert (settings.ami_port, settings.system_name, settings.wrap_up_s) == (5040, "north", 12.5)
    assert settings.allowed_origins == ("https://a.example",)
    assert load(None, {"MEMBERLINE_ALLOWED_ORIGINS": "https://a.example, https://b.example"}).allowed_origins == (
        "https://a.example",
        "https://b.example",
    )


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_text("long and random\n")
    assert load(None, {"MEMBERLINE_PEPPER_FILE": str(tmp_path / "pepper")}).pepper == "long and random"


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ('colour = "red"', {}, "colour"),
        ("ami_port = 99999", {}, "ami_port"),
        ('ami_port = "many"', {}, "ami_port"),
        ("wrap_up_s = -1", {}, "wrap_up_s"),
        ('site_zone = "Atlantis/Capital"', {}, "Atlantis"),
        ('agent_devices = "PJSIP/("', {}, "agent_devices"),
        ("ami_port = = 1", {}, "not valid TOML"),
        ("", {"MEMBERLINE_COLOUR": "red"}, "MEMBERLINE_COLOUR"),
        ("", {"MEMBERLINE_AMI_PORT": "many"}, "ami_port"),
        ("", {"MEMBERLINE_PEPPER_FILE": "/nowhere"}, "/nowhere"),
        ("", {"MEMBERLINE_COLOUR_FILE": "/nowhere"}, "MEMBERLINE_COLOUR_FILE"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, environment: dict[str, str], told: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(Problem, match=told):
        load(tmp_path / "m.toml", environment)


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nowhere"):
        load(tmp_path / "nowhere.toml", {})
