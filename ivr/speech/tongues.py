"""What callers say, by language: yes and no, numbers, months, and what stands around what they want.

A language that is not here has no more than a document's own phrases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ivr.document.model import Language


def _numbered(words: str, first: int = 1) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


@dataclass(frozen=True)
class Tongue:
    """Words as they are spoken, in lower case.

    `asides` mean nothing here: they are listened for so that they are not taken for something else.
    """

    asides: tuple[str, ...] = ()
    hesitations: frozenset[str] = frozenset()  # may stand in the middle of a phrase
    twins: frozenset[str] = frozenset()  # names of keys that sound like a word among the asides
    key: tuple[str, ...] = ()  # said before a key that is named
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    zeros: frozenset[str] = frozenset()
    units: Mapping[str, int] = field(default_factory=dict)  # 1 to 9
    teens: Mapping[str, int] = field(default_factory=dict)  # whole numbers of one word that nothing is added to
    tens: Mapping[str, int] = field(default_factory=dict)  # 20 to 90
    hundreds: Mapping[str, int] = field(default_factory=dict)  # of one word
    hundred: str = ""  # that follows a number
    thousand: str = ""
    ordinals: Mapping[str, int] = field(default_factory=dict)  # 1 to 31, those of one word
    joints: frozenset[str] = frozenset()  # inside numbers and dates
    repeats: Mapping[str, int] = field(default_factory=dict)  # "double five"
    bare_thousand: bool = False  # the word alone is one thousand
    months: Mapping[str, int] = field(default_factory=dict)
    dollars: frozenset[str] = frozenset()
    cents: frozenset[str] = frozenset()
    point: frozenset[str] = frozenset()

    @cached_property
    def digits(self) -> Mapping[str, str]:
        """Word to digit; where a digit has several, its usual name comes first."""
        zeros = sorted(self.zeros, key=len, reverse=True)
        return dict.fromkeys(zeros, "0") | {word: str(unit) for word, unit in self.units.items()}


ENGLISH = Tongue(
    asides=(
        *("um", "uh", "well", "okay", "please", "thank you", "hello", "hi", "the", "a", "an", "my", "about"),
        *("i want", "i want to", "i would like to", "i need", "i need to", "i have a question about", "can i"),
        *("i am", "i'm", "i have", "i am calling", "i'm calling", "i'd like", "i'd like to", "check"),
        *("give me", "get me"),
        *("i'm calling about", "hear about", "ask about", "talk about", "talk to", "speak to", "can you tell me about"),
    ),
    hesitations=frozenset({"um", "uh"}),
    twins=frozenset({"two"}),
    key=("press", "number", "option"),
    yes=(
        *("yes", "yeah", "sure", "okay", "correct", "right", "exactly", "yes please", "that's right"),
        *("that's correct", "that is right", "that is correct", "yes it is", "yes that's right"),
    ),
    no=(
        *("no", "nope", "wrong", "no thank you", "not right", "not correct", "that's wrong", "that is wrong"),
        *("that's not right", "that is not right", "that's not correct", "that is not correct", "no it isn't"),
        *("no it is not", "no that's wrong", "no that's not right"),
    ),
    zeros=frozenset({"zero", "oh", "o"}),
    units=_numbered("one two three four five six seven eight nine"),
    teens=_numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10),
    tens={
        word: 10 * tens for word, tens in _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 2).items()
    },
    hundred="hundred",
    thousand="thousand",
    ordinals=_numbered(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
    )
    | {"thirtieth": 30},
    joints=frozenset({"and", "of", "the"}),
    repeats={"double": 2, "triple": 3},
    months=_numbered("january february march april may june july august september october november december"),
    dollars=frozenset({"dollar", "dollars"}),
    cents=frozenset({"cent", "cents"}),
    point=frozenset({"point"}),
)

SPANISH = Tongue(
    asides=(
        *("eh", "este", "pues", "bueno", "por favor", "gracias", "hola", "el", "la", "los", "las", "un", "una", "mi"),
        *("quiero", "quisiera", "necesito", "llamo por", "llamo sobre", "tengo una pregunta sobre", "puedo", "sobre"),
        *("quiero saber de", "quiero oír sobre", "hablar con", "hablar de", "quisiera hablar con"),
    ),
    hesitations=frozenset({"eh", "este"}),
    key=("oprima", "número", "opción", "el"),
    yes=("sí", "claro", "correcto", "exacto", "así es", "está bien", "sí por favor", "es correcto", "sí es correcto"),
    no=("no", "incorrecto", "no gracias", "no es correcto", "no está bien", "es incorrecto", "no así no es"),
    zeros=frozenset({"cero"}),
    units=_numbered("uno dos tres cuatro cinco seis siete ocho nueve") | {"un": 1},
    teens=_numbered(
        "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós "
        "veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve",
        10,
    )
    | {"veintiún": 21},
    tens={
        word: 10 * tens
        for word, tens in _numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 3).items()
    },
    hundreds={"cien": 100, "ciento": 100}
    | {
        word: 100 * hundreds
        for word, hundreds in _numbered(
            "doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos", 2
        ).items()
    },
    thousand="mil",
    ordinals={"primero": 1},
    joints=frozenset({"y", "de", "del", "el", "con"}),
    repeats={"doble": 2, "triple": 3},
    bare_thousand=True,
    months=_numbered("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
    | {"setiembre": 9},
    dollars=frozenset({"dólar", "dólares"}),
    cents=frozenset({"centavo", "centavos"}),
    point=frozenset({"punto"}),
)

PLAIN = Tongue()
_TONGUES: dict[Language, Tongue] = {"en": ENGLISH, "es": SPANISH}


def of(language: Language) -> Tongue:
    return _TONGUES.get(language) or _TONGUES.get(language[:2], PLAIN)
