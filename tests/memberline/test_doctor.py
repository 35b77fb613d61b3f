"""`memberline doctor` on a real Asterisk: well, and with each thing broken in turn."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

import migrations
from assist.advice import model as advisers
from assist.advice import sources
from assist.advice.linear import Logistic, Softmax
from assist.advice.model import FEATURES, FORM, TOPIC_FEATURES, AdviserModel, Learnt
from memberline.cli import cli
from memberline.doctor import Finding, examine, healthy
from memberline.settings import Settings
from records import sample
from telephony.pbx.runner import PrivateAsterisk

pytestmark = pytest.mark.pbx


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('doctor') / 'plan.db'}"
    migrations.upgrade(url)
    sample.create(url, members=50, pepper="of the tests")
    return url


@pytest.fixture
def well(asterisk: PrivateAsterisk, plan: str, tmp_path: Path) -> Settings:
    """Settings that fit the tests' Asterisk, with a directory of the destinations it knows."""
    (tmp_path / "cues.yaml").write_text(
        "lists: {}\ntopics: {}\ndestinations: {}\n"
        "caller: {trouble: {}, asks_for_somebody: {}, hostile: {}, calm: {}, declines: {}}\n"
        "agent: {beyond: {}, settles: {}, hands_over: {}}\n"
    )
    (tmp_path / "directory.yaml").write_text(
        "plan: Tests\nrelations: [retiree]\nlevels: {1: Representative}\nspecialties: [general]\ntopics: []\n"
        "destinations: [{id: pension_analyst, name: Analyst, kind: internal, for: figures}]\ncues: cues.yaml\n"
    )
    for folder, matter in (("phrases", "estimate"), ("phrases/agent", "sends_on")):
        (tmp_path / folder).mkdir()
        says = "\n".join(f"    - {phrase}" for phrase in ("one", "two", "three", "four", "five"))
        (tmp_path / folder / "all.yaml").write_text(
            f"- id: {matter}\n  topics: []\n  destination: pension_analyst\n  because: figures are needed\n"
            f"  say:\n{says}\n"
        )
    found = sources.load(tmp_path / "directory.yaml")
    advisers.save(_learnt_nothing(found.fingerprint), tmp_path / sources.MODEL)
    return Settings(
        ami_port=asterisk.ports.ami,
        ami_listen_secret=asterisk.site.listen_secret,
        ami_act_secret=asterisk.site.act_secret,
        cel_url=asterisk.cel_url,
        database_url=plan,
        pepper="of the tests",
        directory=str(tmp_path / "directory.yaml"),
        recording_key=base64.b64encode(bytes(32)).decode(),
        recordings=str(tmp_path / "recordings"),
        http_port=free_port(),
        gateway_port=free_port(),
    )


def _learnt_nothing(fingerprint: str) -> AdviserModel:
    """An adviser that fits its files, without waiting for it to learn."""
    softmax = Softmax(np.zeros((2, 3), np.float32), np.zeros(2, np.float32))
    weighing, topics = (
        Logistic(np.zeros(n, np.float32), np.ones(n, np.float32), np.zeros(n, np.float32), 0.0)
        for n in (len(FEATURES), len(TOPIC_FEATURES))
    )
    learnt = Learnt(
        form=FORM,
        fingerprint=fingerprint,
        destinations=("pension_analyst",),
        topics=(),
        matters=("estimate",),
        threshold=0.5,
        topic_threshold=0.5,
    )
    return AdviserModel(learnt, softmax, softmax, softmax, softmax, weighing, topics)


async def grades(settings: Settings) -> dict[str, Finding]:
    return {finding.check: finding for finding in await examine(settings)}


async def test_all_is_well(well: Settings) -> None:
    found = await grades(well)
    assert {name: f.found for name, f in found.items() if f.grade != "ok"} == {
        "Speech model": "demo speech model: it knows the demo's words only"
    }
    assert found["Asterisk"].found.startswith("Asterisk 2")
    assert healthy(list(found.values()))


@pytest.mark.parametrize(
    ("broken", "failing", "told"),
    [
        ({"ami_listen_secret": "guessed"}, "AMI, listening", "memberline-listen"),
        ({"ami_act_secret": "guessed"}, "AMI, acting", "memberline-act"),
        ({"ami_act_secret": ""}, "AMI, acting", "not set"),
        ({"ami_port": 1}, "Asterisk", "127.0.0.1:1"),
        ({"trunk_context": "elsewhere"}, "Dialplan", "elsewhere"),
        ({"cel_url": "sqlite:////nowhere/master.db"}, "PBX's record", "not there"),
        ({"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"}, "Database", "127.0.0.1:1"),
        ({"pepper": ""}, "Members", "pepper"),
        ({"speech_model": "/nowhere"}, "Speech model", "/nowhere"),
        ({"directory": "/nowhere.yaml"}, "Directory", "/nowhere.yaml"),
        ({"recording_key": "short"}, "Recordings", "recording_key"),
        ({"pension_mapping": "/nowhere.yaml", "pension_url": "sqlite://"}, "Pension system", "/nowhere.yaml"),
    ],
)
async def test_what_is_broken_is_named_and_the_rest_is_still_looked_at(
    well: Settings, broken: dict[str, object], failing: str, told: str
) -> None:
    found = await grades(replace(well, **broken))
    assert found[failing].grade == "failed"
    assert told in found[failing].found
    assert found["Desk"].grade == "ok"
    assert not healthy(list(found.values()))


async def test_an_acting_user_who_only_listens_is_told_what_it_may_not(
    well: Settings, asterisk: PrivateAsterisk
) -> None:
    wrong = replace(well, ami_act_user="memberline-listen", ami_act_secret=asterisk.site.listen_secret)
    assert "Originate" in (await grades(wrong))["AMI, acting"].found


async def test_doubts_are_no_failures(well: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = await grades(
            replace(
                well,
                http_port=port,
                cel_url="",
                directory="",
                database_url="sqlite:////nowhere/new.db",
                pepper="x",
                recording_key="",
            )
        )
    assert found["Ports"].grade == "warning"
    assert str(port) in found["Ports"].found
    assert found["PBX's record"].grade == "warning"
    assert found["Database"].grade == "warning"
    assert found["Recordings"].grade == "warning"
    assert "lead nowhere" in found["Dialplan"].found


def test_as_the_command_says_it(well: Settings, tmp_path: Path) -> None:
    lines = [
        f"{name} = {json.dumps(getattr(well, name))}" for name in ("ami_port", "ami_listen_secret", "database_url")
    ]
    (tmp_path / "memberline.toml").write_text("\n".join(lines))
    result = CliRunner().invoke(cli, ["doctor", "--settings", str(tmp_path / "memberline.toml"), "--json"])
    found = {finding["check"]: finding["grade"] for finding in json.loads(result.output)}
    assert (found["Asterisk"], found["AMI, acting"]) == ("ok", "failed")
    assert result.exit_code == 1
    shown = CliRunner().invoke(cli, ["doctor", "--settings", str(tmp_path / "memberline.toml")])
    assert "FAILED" in shown.output
    assert well.ami_listen_secret not in shown.output
