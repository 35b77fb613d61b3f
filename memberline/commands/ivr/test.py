"""`memberline ivr test`: the golden tests of a menu, and what none of them ever took."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from core.errors import Problem
from core.events import Message, encode
from ivr.bench import golden, golden_file, telling
from ivr.bench.coverage import Coverage, Exit, covered
from ivr.bench.golden import Golden, Result
from ivr.bench.golden_file import Suite
from ivr.document.model import Document
from ivr.document.reading import Read, read
from ivr.self_service.catalogue import SPECS

LEVELS = {name: spec.level for name, spec in SPECS.items()}


class Differs(Message, frozen=True, kw_only=True):
    file: str
    line: int
    column: int
    expected: str
    found: str


class Ran(Message, frozen=True, kw_only=True):
    """One test. `dialogue` as it was, where the test failed."""

    name: str
    file: str
    passed: bool
    differs: tuple[Differs, ...] = ()
    dialogue: tuple[str, ...] = ()


class Covered(Message, frozen=True, kw_only=True):
    """Of one document."""

    document: str
    taken: int
    all: int
    missing: tuple[Exit, ...]
    never_met: tuple[str, ...]


class Report(Message, frozen=True, kw_only=True):
    passed: bool
    tests: tuple[Ran, ...]
    coverage: tuple[Covered, ...]


class Documents:
    """Each document is read once. A bad one is told once, and raises `Problem`."""

    def __init__(self, instead: Path | None) -> None:
        self._instead = instead
        self._read: dict[Path, Read] = {}

    def of(self, suite: Path, named: Path | None) -> tuple[Path, Document]:
        path = self._instead or named
        if path is None:
            raise Problem("names no document", place=str(suite), remedy="Write document: into it, or use --document")
        key = path.resolve()
        if key not in self._read:
            self._read[key] = read(path, SPECS)
        document = self._read[key].document
        if document is None:
            raise Problem("\n".join(map(str, self._read[key].errors)))
        return path, document


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--document", type=click.Path(path_type=Path), help="The menu to test, whatever the files say.")
@click.option("--require-full", is_flag=True, help="Fail unless every option of every menu was taken.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(path: Path, document: Path | None, require_full: bool, as_json: bool) -> None:
    """Run the golden tests in PATH: a file, or every *.test.yaml in a folder and below.

    The exit code is 1 when a test fails.
    """
    documents = Documents(document)
    suites = [_suite(file, documents) for file in golden_file.files(path)]
    if findings := [str(finding) for suite, _, _ in suites for finding in suite.findings]:
        raise Problem("\n".join(findings))
    ran: dict[Path, tuple[Document, list[Result]]] = {}
    for suite, menu, its_document in suites:
        results = [golden.run(test, its_document, LEVELS) for test in suite.tests]
        ran.setdefault(menu, (its_document, []))[1].extend(results)
        if not as_json:
            _show(results)
    coverage = {menu: _covered(its_document, results) for menu, (its_document, results) in ran.items()}
    results = [result for _, of_menu in ran.values() for result in of_menu]
    full = not any(each.missing_options for each in coverage.values())
    good = all(not result.failures for result in results) and (full or not require_full)
    if as_json:
        click.echo(encode(_report(good, results, coverage)))
    else:
        _sum_up(results, coverage)
    sys.exit(0 if good else 1)


def _suite(file: Path, documents: Documents) -> tuple[Suite, Path, Document]:
    """A file's tests with the document that they are of."""
    opened: list[tuple[Path, Document]] = []

    def document_of(named: Path | None) -> Document:
        opened.append(documents.of(file, named))
        return opened[-1][1]

    suite = golden_file.read(file, SPECS, document_of)
    return suite, *(opened[-1] if opened else documents.of(file, suite.document))


def _covered(document: Document, results: Sequence[Result]) -> Coverage:
    return covered(document, [result.walk for result in results if result.walk is not None])


# --- told -------------------------------------------------------------------------------------------


def _show(results: Sequence[Result]) -> None:
    for result in results:
        if not result.failures:
            click.echo(f"ok {result.golden.name}")
            continue
        for line in telling.failed(result):
            click.echo(line)


def _sum_up(results: Sequence[Result], coverage: dict[Path, Coverage]) -> None:
    failed = sum(bool(result.failures) for result in results)
    click.echo()
    for menu, each in coverage.items():
        click.echo(f"{menu}: {each.taken} of {each.all} ways taken")
        for line in _missing(each):
            click.echo(f"  {line}")
    click.echo(f"{len(results)} test{'' if len(results) == 1 else 's'}, {failed} failed")


def _missing(coverage: Coverage) -> Iterator[str]:
    """By step: what was never taken."""
    steps: dict[str, list[str]] = {}
    for exit_ in coverage.missing:
        kind = "" if exit_.kind in ("tries", "case", "way") else f"{exit_.kind} "
        steps.setdefault(exit_.step, []).append(f"{kind}{exit_.name}")
    for step in coverage.never_met:
        yield f"{step}: no test comes here"
    for step, names in steps.items():
        if step not in coverage.never_met:
            yield f"{step}: never {'; '.join(names)}"


def _report(good: bool, results: Sequence[Result], coverage: dict[Path, Coverage]) -> Report:
    return Report(
        passed=good,
        tests=tuple(map(_ran, results)),
        coverage=tuple(
            Covered(document=str(menu), taken=each.taken, all=each.all, missing=each.missing, never_met=each.never_met)
            for menu, each in coverage.items()
        ),
    )


def _ran(result: Result) -> Ran:
    test: Golden = result.golden
    differs = tuple(
        Differs(
            file=failure.place.file,
            line=failure.place.line,
            column=failure.place.column,
            expected=failure.expected,
            found=failure.found,
        )
        for failure in result.failures
    )
    dialogue = tuple(telling.failed(result)) if differs else ()
    return Ran(name=test.name, file=str(test.place), passed=not differs, differs=differs, dialogue=dialogue)
