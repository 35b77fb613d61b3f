"""The JSON Schema of a menu document as its authors write it, so that editors complete and check it.

Names of the author's own (steps, prompts, hours) are beyond a schema: `ivr.document.checks` knows them.
"""

from __future__ import annotations

from typing import Any

from ivr.document import opening, prompts, steps
from ivr.document.forms import NAME, Number, Schema

_HEAD: dict[str, tuple[Schema, str]] = {
    "name": ({"type": "string"}, "What the contact calls this document."),
    "languages": (
        {"type": "array", "items": {"type": "string", "pattern": f"^{prompts.LANGUAGE}$"}, "minItems": 1},
        "Languages spoken, as [en, es]; the first is for callers who choose none.",
    ),
    "zone": ({"type": "string"}, "The time zone of every time in the document, as America/New_York."),
    "start": ({"type": "string"}, "The step that a call begins with."),
    "person": ({"type": "string"}, "The queue step where a caller who needs a person goes."),
    "slow": (Number(0.5, 1).schema(), "The pace for callers who pressed * to hear it slower. Left out: 0.8."),
    "include": ({"type": "array", "items": {"type": "string"}}, "Further files, from the main file's folder."),
}


def generate() -> dict[str, Any]:
    """The schema (draft 2020-12) of the main file and of included ones: those have none of the first fields."""
    named = f"^{NAME.pattern}$"
    sections: dict[str, tuple[str, str]] = {
        "prompts": ("prompt", "What is said, by a name that steps may use."),
        "hours": ("hours", "When something is open, by a name that conditions and queues may use."),
        "steps": ("step", "What callers meet, by name."),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Memberline menu document",
        "type": "object",
        "properties": {
            **{name: {**schema, "description": about} for name, (schema, about) in _HEAD.items()},
            **{
                name: {
                    "type": "object",
                    "description": about,
                    "patternProperties": {named: {"$ref": f"#/$defs/{kind}"}},
                    "additionalProperties": False,
                }
                for name, (kind, about) in sections.items()
            },
        },
        "additionalProperties": False,
        "dependentRequired": {"start": ["name", "languages", "zone", "person"]},
        "$defs": {**prompts.definitions(), **opening.definitions(), **steps.definitions()},
    }
