"""`memberline ivr replay`: a call that was made, as a golden test."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from core.clock import SystemClock
from core.database import Database
from core.errors import Problem
from ivr.bench import golden_text
from ivr.bench.replaying import replayed
from ivr.document.model import Document
from ivr.document.prompts import inside
from ivr.document.reading import read_files
from ivr.self_service.catalogue import SPECS
from ivr.versions import VersionStore
from memberline import settings
from records.contact import Contact
from records.contacts import Contacts

Files = tuple[str, dict[str, str]]  # the main file's name, and all by name


@click.command()
@click.argument("contact")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings (TOML), as for `memberline serve`.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The test's file; printed if left out.")
@click.option("--menu", type=click.Path(path_type=Path), help="Also write the version of the menu into this folder.")
def command(contact: str, file: Path | None, output: Path | None, menu: Path | None) -> None:
    """Make a golden test of the call whose CONTACT this is (its id, or the call's).

    The test goes the same way through the same version of the menu. Whatever was the caller's own is made up: numbers,
    secrets, what services told. Where the record tells less than that needs, a comment in the test says so.
    """
    found, (main, files) = asyncio.run(_looked_up(settings.load(file).database_url, contact))
    document = _document(found, main, files)
    replay = replayed(found, document, SPECS)
    comment = [f"Made of contact {found.contact_id}: menu {document.name}, version {document.version}.", *replay.notes]
    named = ""
    if menu is not None:
        _write_menu(menu, files)
        named = str((menu / main).resolve())
    text = golden_text.dump([replay.test], document=named, comment="\n".join(comment))
    if output is None:
        click.echo(text, nl=False)
        return
    _write(output, text)
    click.echo(f"written to {output}", err=True)
    for note in replay.notes:
        click.echo(f"note: {note}", err=True)


async def _looked_up(url: str, name: str) -> tuple[Contact, Files]:
    database = Database(url)
    try:
        contacts = Contacts(database, SystemClock())
        contact = await contacts.get(name) or await contacts.of_call(name)
        if contact is None:
            raise Problem("there is no such contact", place=name, remedy="Give a contact's id, or a call's")
        if not contact.menu_version:
            raise Problem("this call met no menu", place=name)
        files = await VersionStore(database, SystemClock()).files(contact.menu_version)
        if files is None:
            raise Problem(f"menu version {contact.menu_version} is not kept any longer", place=name)
        return contact, files
    finally:
        await database.close()


def _document(contact: Contact, main: str, files: dict[str, str]) -> Document:
    result = read_files(main, files, SPECS, version=contact.menu_version)
    if result.document is None:
        raise Problem("\n".join(map(str, result.errors)), place=f"menu version {contact.menu_version}")
    return result.document


def _write_menu(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        if not inside(name):
            raise Problem("is outside the menu's folder", place=name)
        _write(folder / name, text)


def _write(path: Path, text: str) -> None:
    """A file that is not there yet, or is the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Problem("is there already", place=str(path), remedy="Give another name") from None
    except OSError as error:
        raise Problem(f"cannot be written ({error.strerror})", place=str(path)) from None
