"""`memberline pbx config`: the files an operator includes; a real Asterisk runs on the same ones in the other tests."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.errors import Problem
from memberline.cli import cli
from memberline.doctor import examine
from memberline.paths import ASTERISK, PROMPTS
from memberline.settings import Settings
from telephony.pbx.config import Queue, Site
from telephony.pbx.find import find
from telephony.pbx.runner import private_asterisk

FILES = {
    "cel_memberline.conf",
    "cel_sqlite3_custom_memberline.conf",
    "extensions_memberline.conf",
    "manager_memberline.conf",
    "queuerules_memberline.conf",
    "queues_memberline.conf",
}


def run(*options: str) -> Result:
    return CliRunner().invoke(cli, ["pbx", "config", *options])


def test_printed_for_reading() -> None:
    printed = run("--queue", "analysis", "--device", "supervisor=PJSIP/201").output
    assert set(re.findall(r"^; ===== (\S+) =====$", printed, re.MULTILINE)) == FILES
    assert "exten => analysis,1,Set(ML_PRIO=" in printed
    assert " same => n,Queue(analysis,t,,,${IF($[${ML_AFTER} > 0]?${ML_AFTER}:600)})" in printed
    assert " same => n,Queue(member_services,t" in printed  # the menu leads there: it is always among them
    assert printed.count("Set(QUEUE_MAX_PENALTY=2147483647)") == 2  # an empty one is a warning for every call
    assert "exten => *47,1,PauseQueueMember(,${CHANNEL:0:-9},,lunch)" in printed
    assert "exten => supervisor,1,Dial(PJSIP/201,30,t)" in printed
    assert "exten => pension_analyst,1,Goto(memberline-queue,member_services,1)" in printed


QUEUES = """
[analysis]
specialty = "pension_analyst"
level = 3
widen = [{ seconds = 0, penalty = 0 }, { seconds = 20, penalty = 9 }]
priority = 5
ring_s = 12
"""


def test_who_is_rung_when_and_who_goes_first_is_said_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "queues.toml"
    file.write_text(QUEUES)
    printed = run("--queues", str(file)).output
    assert "[analysis]\npenaltychange => 20,9\n" in printed
    assert 'exten => analysis,1,Set(ML_PRIO=${IF($["${ML_PRIORITY}" = ""]?5:${ML_PRIORITY})})' in printed
    assert "Set(QUEUE_MAX_PENALTY=0)" in printed
    assert re.search(r"^\[analysis\]\nstrategy=rrmemory\ntimeout=12$", printed, re.MULTILINE)
    assert "defaultrule=analysis" in printed
    assert " same => n,Queue(member_services,t,,,${IF($[${ML_AFTER} > 0]?${ML_AFTER}:600)})" in printed


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[analysis]\nlevel = 9", "level"),
        ("[analysis]\nrings = 9", "rings"),
        ("[an alysis]", "Expected"),
        ('["an alysis"]', "regex"),
        ("[a]\nwiden = [{ seconds = 20, penalty = 9 }, { seconds = 0, penalty = 0 }]", "do not go up"),
    ],
)
def test_a_file_of_queues_that_does_not_fit_is_refused_with_the_reason(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "queues.toml"
    file.write_text(text)
    refused = run("--queues", str(file)).exception
    assert isinstance(refused, Problem)
    assert told in str(refused)
    assert str(file) in str(refused)


def test_installed_once_and_replaced_only_on_demand(tmp_path: Path) -> None:
    assert run("--install", str(tmp_path)).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == FILES
    manager = tmp_path / "manager_memberline.conf"
    assert manager.stat().st_mode & 0o007 == 0
    before = manager.read_text()
    again = run("--install", str(tmp_path))
    assert isinstance(again.exception, Problem)
    assert "--force" in str(again.exception)
    assert manager.read_text() == before
    assert run("--install", str(tmp_path), "--force").exit_code == 0
    assert manager.read_text() != before


def test_secrets_are_new_each_time() -> None:
    secrets = [re.findall(r"^secret=(.+)$", run().output, re.MULTILINE) for _ in range(2)]
    assert len({*secrets[0], *secrets[1]}) == 4


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--install", "/nowhere"], "/nowhere"),
        (["--device", "supervisor"], "TECHNOLOGY/NAME"),
        (["--device", "janitor=PJSIP/1"], "no such destination"),
        (["--directory", "/nowhere.yaml"], "/nowhere.yaml"),
        (["--queues", "/nowhere.toml"], "/nowhere.toml"),
    ],
)
def test_what_is_wrong_is_said(options: list[str], told: str) -> None:
    result = run(*options)
    assert isinstance(result.exception, Problem)
    assert told in str(result.exception)


@pytest.mark.pbx
async def test_an_asterisk_that_includes_the_files_is_found_well(tmp_path: Path) -> None:
    """As an operator does it: install, include (the tests' Asterisk does), start, ask the doctor."""
    async with private_asterisk(tmp_path / "pbx", find(ASTERISK), Site((Queue("reception"),), ()), PROMPTS) as asterisk:
        installed = await asyncio.to_thread(run, "--install", str(asterisk.folder / "etc"), "--force")
        assert installed.exit_code == 0, installed.output
        manager = (asterisk.folder / "etc" / "manager_memberline.conf").read_text()
        listening, acting = re.findall(r"^secret=(.+)$", manager, re.MULTILINE)
        asterisk.site = replace(asterisk.site, listen_secret=listening, act_secret=acting)
        await asterisk.restart()
        settings = Settings(
            ami_port=asterisk.ports.ami,
            ami_listen_secret=listening,
            ami_act_secret=acting,
            cel_url=asterisk.cel_url,
            database_url=f"sqlite:///{tmp_path / 'memberline.db'}",
            pepper="of the tests",
        )
        found = {finding.check: finding for finding in await examine(settings)}
    assert {name for name, finding in found.items() if finding.grade == "ok"} >= {
        "Asterisk",
        "AMI, listening",
        "AMI, acting",
        "Modules",
        "Dialplan",
        "PBX's record",
    }
    assert found["Queues"].found == "nobody is a member of member_services"  # that is the operator's to add
