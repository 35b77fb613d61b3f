"""YAML documents read so that every mistake is told with its line, and all of them at once.

reader = YamlReader(path)
fields = reader.mapping(reader.root, required={"id", "turns"})
...
reader.finish()  # raises one Problem that lists everything noted on the way
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import yaml

from core.errors import Problem

LISTED = 30  # problems told at once; the rest is counted


class YamlReader:
    """One file. The methods return the value, or note what is wrong with its place and return a harmless default."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._noted: list[str] = []
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
            node = loader.get_single_node()
        except OSError as error:
            raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a YAML file") from None
        except UnicodeDecodeError as error:
            raise Problem(f"found a byte that is not UTF-8 at {error.start}", place=str(path)) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = f":{mark.line + 1}" if mark else ""
            raise Problem(f"found {error.problem}, expected YAML", place=f"{path}{line}") from None
        except yaml.YAMLError as error:
            raise Problem(f"found {error}, expected YAML", place=str(path)) from None
        if node is None:
            raise Problem("found an empty file, expected YAML", place=str(path))
        self.root: yaml.Node = node
        self._loader = loader

    def note(self, node: yaml.Node, found: str, expected: str) -> None:
        """Keep a problem for `finish`."""
        self._noted.append(f"{self._path}:{node.start_mark.line + 1}: found {found}, expected {expected}")

    def finish(self) -> None:
        """Raise `Problem` with everything noted, in the order of the file; nothing noted, nothing happens."""
        if self._noted:
            more = len(self._noted) - LISTED
            rest = [f"and {more} more"] if more > 0 else []
            raise Problem("\n".join([*self._noted[:LISTED], *rest]))

    def mapping(
        self, node: yaml.Node, *, required: Collection[str] = (), optional: Collection[str] | None = ()
    ) -> dict[str, yaml.Node]:
        """The fields of a mapping. `optional=None` allows any key."""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, self._shown(node), f"a mapping with {_listed(required)}" if required else "a mapping")
            return {}
        fields: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in fields:
                self.note(key, f"{name} twice", "it once")
            elif optional is not None and name not in required and name not in optional:
                self.note(key, f"the unknown field {name!r}", f"one of {_listed([*required, *optional])}")
            fields[name] = value
        for name in required:
            if name not in fields:
                self.note(node, f"no {name}", f"a field {name!r} here")
        return fields

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        """The elements of a list."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            self.note(node, self._shown(node), "a list")

    def text(self, node: yaml.Node) -> str:
        """Words; a number written bare counts as its text."""
        if isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:null":
            return str(node.value)
        self.note(node, self._shown(node), "text")
        return ""

    def one_of(self, node: yaml.Node, allowed: Collection[str], what: str) -> str:
        text = self.text(node)
        if text and text not in allowed:
            self.note(node, repr(text), f"{what}: one of {_listed(allowed)}")
        return text

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        return tuple(self.text(item) for item in self.items(node))

    def number(self, node: yaml.Node, *, least: float = 0.0) -> float:
        value = self._plain(node)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= least:
            return float(value)
        self.note(node, self._shown(node), f"a number of at least {least:g}")
        return least

    def integer(self, node: yaml.Node, *, least: int = 0) -> int:
        value = self._plain(node)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self.note(node, self._shown(node), f"a whole number of at least {least}")
        return least

    def flag(self, node: yaml.Node) -> bool:
        value = self._plain(node)
        if isinstance(value, bool):
            return value
        self.note(node, self._shown(node), "true or false")
        return False

    def absent(self, node: yaml.Node) -> bool:
        """Is it null?"""
        return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"

    def _plain(self, node: yaml.Node) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return None
        try:
            value: object = self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            return None
        return value

    @staticmethod
    def _shown(node: yaml.Node) -> str:
        if isinstance(node, yaml.MappingNode):
            return "a mapping"
        if isinstance(node, yaml.SequenceNode):
            return "a list"
        return repr(node.value[:40]) if node.value else "nothing"


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
