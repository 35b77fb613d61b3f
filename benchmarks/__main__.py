"""`python -m benchmarks NAME [--json] [--set OPTION=NUMBER]`, `python -m benchmarks --list`, or all one by one."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks import harness
from core.errors import Problem


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@click.option("--set", "options", multiple=True, metavar="OPTION=NUMBER", help="Such as presses=40: a quick look.")
@click.option("--list", "listing", is_flag=True, help="What there is to run.")
def main(name: str | None, as_json: bool, options: tuple[str, ...], listing: bool) -> None:
    """Measure what is promised about speed. Without a NAME: everything."""
    if listing:
        for each, purpose in harness.benchmarks().items():
            click.echo(f"{each:14} {purpose}")
        return
    for each in [name] if name else harness.benchmarks():
        try:
            report = harness.run(each, dict(_halves(option) for option in options))
        except Problem as problem:
            click.echo(f"benchmarks: {problem}", err=True)
            sys.exit(1)
        if as_json:
            click.echo(json.dumps(report))
        else:
            Console().print(_table(report))


def _halves(option: str) -> tuple[str, str]:
    name, _, number = option.partition("=")
    return name, number


def _table(report: dict[str, Any]) -> Table:
    table = Table(title=report["benchmark"], caption=report["machine"])
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("goal")
    goals = {goal["figure"]: goal for goal in report["goals"]}
    for figure in {**report["figures"], **goals}:
        goal = goals.get(figure)
        wanted = f"{goal['op']} {goal['value']:g} {'met' if goal['met'] else 'MISSED'}" if goal else ""
        measured = report["figures"].get(figure)
        table.add_row(figure, "not measured" if measured is None else f"{measured:,.2f}", wanted)
    return table


if __name__ == "__main__":
    main()
