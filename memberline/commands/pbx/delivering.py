"""Snippets for an operator's Asterisk: printed, or written beside what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from core.errors import Problem


def deliver(files: Mapping[str, str], folder: Path | None, *, force: bool, remedy: str) -> bool:
    """Print them, or write them into `folder`, readable for Asterisk's group only: there are secrets in some.

    True where they were written. Raises `Problem` where one is there already, unless `force`; nothing is written then.
    """
    if folder is None:
        for name, text in files.items():
            click.echo(f"; ===== {name} =====\n{text}")
        return False
    if not force and (there := [name for name in files if (folder / name).exists()]):
        are = "is" if len(there) == 1 else "are"
        raise Problem(f"{', '.join(there)} {are} there already", place=str(folder), remedy=remedy)
    for name, text in files.items():
        target = folder / name
        try:
            target.touch(mode=0o640)
            target.write_text(text)
        except OSError as error:
            raise Problem(f"cannot be written: {error.strerror}", place=str(target)) from error
        click.echo(f"wrote {target}")
    return True
