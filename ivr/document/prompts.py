"""What is said, as it is written: the name of a shared prompt, its texts by language, or a list of these."""

from __future__ import annotations

import posixpath
import re

import yaml

from core.yaml_places import cut, shown, suggestion
from ivr.document.forms import Context, Form, Path, Schema, Table, Text, Word, known_language
from ivr.document.model import Prompt, Say

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
LANGUAGE = "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
_RECORDED, _BARGE = "recorded", "barge"
INSIDE_WORDS = "a path from the main file's folder that stays in it"
TEXTS_WORDS = "texts by language as {en: Hello.}"
SAID_WORDS = "the name of a shared prompt, texts by language as {en: Hello.}, or a list of these"


def placeholders(text: str) -> list[str]:
    """The values that a text names, in their order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def read_prompt(context: Context, node: yaml.Node, path: Path) -> Prompt:
    """A mapping of language to text, with what else a prompt has."""
    texts: dict[str, str] = {}
    recorded: dict[str, str] = {}
    barge = True
    if not isinstance(node, yaml.MappingNode):
        context.notes.note(node, shown(node), TEXTS_WORDS)
        return Prompt(texts={})
    if path not in context.places:
        context.mark(path, node)
    for name, (key, value) in context.notes.entries(node, optional=None).items():
        context.mark((*path, name), key)
        if name == _RECORDED:
            recorded = _Recorded().read(context, value, (*path, name))
        elif name == _BARGE:
            barge = context.notes.flag(value)
        elif context.languages and name not in context.languages:
            fields = (*context.languages, _RECORDED, _BARGE)
            expected = f"a language of this document ({', '.join(context.languages)}), recorded or barge"
            context.notes.note(key, cut(name), expected, meant=suggestion(name, fields))
        else:
            context.mark((*path, name), value)
            texts[name] = _spoken(context, value, (*path, name))
    if not texts:
        context.notes.note(node, "no text", TEXTS_WORDS)
    prompt = Prompt(texts=texts, recorded=recorded, barge=barge)
    context.written[path] = prompt
    return prompt


def _spoken(context: Context, node: yaml.Node, path: Path) -> str:
    text = Text("what is said").read(context, node, path)
    if any(sign in PLACEHOLDER.sub("", text) for sign in "{}"):
        context.notes.note(node, "a brace that belongs to no value", "{name} for a value")
    return text


class _Recorded(Table[str]):
    """Language → sound file."""

    def __init__(self) -> None:
        super().__init__(Word("the path of a sound file"), pattern=f"^{LANGUAGE}$")

    def read(self, context: Context, node: yaml.Node, path: Path) -> dict[str, str]:
        recorded: dict[str, str] = {}
        for language, (key, value) in context.notes.entries(node, optional=None).items():
            known_language(context, key)
            context.mark((*path, language), value)
            name = self._form.read(context, value, path)
            if not name:
                continue
            if not inside(name):
                context.notes.note(value, cut(name), INSIDE_WORDS)
            elif problem := _heard(context, posixpath.normpath(name)):
                context.notes.note(value, problem, f"the sound file {posixpath.normpath(name)}")
            recorded[language] = posixpath.normpath(name)
        return recorded


def inside(name: str) -> bool:
    """Is it a relative path that does not leave its folder?"""
    if not name or "\\" in name or "\0" in name or posixpath.isabs(name):
        return False
    return posixpath.normpath(name).split("/")[0] not in ("..", ".")


def _heard(context: Context, name: str) -> str:
    if context.sound is None or name in context.sounds:
        return ""
    sound = context.sound(name)
    if isinstance(sound, str):
        return sound
    if sound is not None:
        context.sounds[name] = sound
    return ""


class Said(Form[Say]):
    empty: Say = ()

    def read(self, context: Context, node: yaml.Node, path: Path) -> Say:
        if not isinstance(node, yaml.SequenceNode):
            return self._one(context, node, (*path, 0))
        if not node.value:
            context.notes.note(node, "an empty list", SAID_WORDS)
        return tuple(prompt for i, item in enumerate(node.value) for prompt in self._one(context, item, (*path, i)))

    def _one(self, context: Context, node: yaml.Node, path: Path) -> Say:
        """One prompt; none where it is not known, which has been noted."""
        if isinstance(node, yaml.MappingNode):
            return (read_prompt(context, node, path),)
        context.mark(path, node)
        if not isinstance(node, yaml.ScalarNode) or not node.value or context.notes.absent(node):
            context.notes.note(node, shown(node), SAID_WORDS)
            return ()
        name = str(node.value)
        context.used.add(name)
        if name not in context.prompts:
            one_word = len(name.split()) == 1
            expected = "the name of a shared prompt" if one_word else SAID_WORDS
            meant = suggestion(name, context.prompts) if one_word else ""
            context.notes.note(node, f"the prompt {cut(name)}" if one_word else cut(name), expected, meant=meant)
            context.used.add(meant)
            return ()
        return (context.prompts[name],)

    def schema(self) -> Schema:
        return {"$ref": "#/$defs/said"}


def definitions() -> dict[str, Schema]:
    """What the schema calls `prompt` and `said`."""
    prompt: Schema = {
        "type": "object",
        "description": "What is said, by language. {name} stands for a value.",
        "properties": {
            _RECORDED: {**_Recorded().schema(), "description": "A sound file by language, instead of the spoken text."},
            _BARGE: {"enum": [True, False, "yes", "no", "on", "off"], "description": "false: no key cuts it short."},
        },
        "patternProperties": {
            f"^{LANGUAGE}$": {"type": ["string", "number"], "description": "The text in this language."}
        },
        "additionalProperties": False,
    }
    name: Schema = {"type": "string", "description": "The name of a shared prompt (see prompts)."}
    one: Schema = {"anyOf": [name, {"$ref": "#/$defs/prompt"}]}
    said: Schema = {"anyOf": [*one["anyOf"], {"type": "array", "items": one, "minItems": 1}]}
    return {"prompt": prompt, "said": said}
