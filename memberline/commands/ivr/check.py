"""`memberline ivr check`: all that is wrong with a menu document, at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from core.events import Message, encode
from core.yaml_places import Finding, Severity
from ivr.document.reading import Read, read
from ivr.self_service.catalogue import SPECS


class Told(Message, frozen=True, kw_only=True):
    """A finding as JSON. Line and column count from 1; 0 is the file as a whole. `suggestion` "": none."""

    file: str
    line: int
    column: int
    severity: Severity
    found: str
    expected: str
    suggestion: str


class Checked(Message, frozen=True, kw_only=True):
    """`version` is what calls would name this document by; none where it is not good."""

    good: bool
    version: str | None
    findings: tuple[Told, ...]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def command(file: Path, as_json: bool, strict: bool) -> None:
    """Tell all that is wrong with the menu document FILE and the files that it includes.

    The exit code is 1 when an error keeps it from being used.
    """
    result = read(file, SPECS)
    good = not (result.findings if strict else result.errors)
    if as_json:
        click.echo(encode(_checked(result, good)))
    else:
        _show(file, result)
    sys.exit(0 if good else 1)


def _checked(result: Read, good: bool) -> Checked:
    document = result.document
    return Checked(
        good=good, version=document.version if document else None, findings=tuple(map(_told, result.findings))
    )


def _told(finding: Finding) -> Told:
    return Told(
        file=finding.place.file,
        line=finding.place.line,
        column=finding.place.column,
        severity=finding.severity,
        found=finding.found,
        expected=finding.expected,
        suggestion=finding.suggestion,
    )


def _show(file: Path, result: Read) -> None:
    for finding in result.findings:
        click.echo(f"{finding.place}: {finding.severity}: {finding.told}")
    document = result.document
    if document is None:
        errors, warnings = len(result.errors), len(result.findings) - len(result.errors)
        click.echo(f"{file}: {_counted(errors, 'error')}, {_counted(warnings, 'warning')}")
        return
    languages, steps = ", ".join(document.languages), _counted(len(document.steps), "step")
    click.echo(f"{file}: good ({steps} in {languages}; version {document.version})")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
