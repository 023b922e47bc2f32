"""JSON read exactly, or refused in one sentence with its place. Never raises anything but `JsonError`.

Numbers become `Decimal` straight from their text, never a float. Their size is judged on the text, before anything is
computed: `1e400` or 5,000 digits come back as `OutOfBounds`, which is text, so no arithmetic can touch it and the one
who asks for a number there refuses it by name. Refused as a whole: duplicate keys (which one counts?), NaN and
Infinity (not JSON), a byte order mark, bytes that are not UTF-8, half surrogate pairs (not text), deep nesting, length.
A document that stops in the middle is told apart (`JsonError.cut`): a writer may be at work on it.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NoReturn

from capi.core.value import record

DOCUMENT_BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 32
DIGITS_BEFORE_MAX: Final = 20
DIGITS_AFTER_MAX: Final = 18

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?")
_BRACKET_OR_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_CUT_TOKEN: Final = re.compile(
    r'"(?:[^"\\]|\\.)*\\?'  # a string without its end
    r"|\\?u[0-9a-fA-F]{0,4}"  # an escape without its end
    r"|t|tr|tru|f|fa|fal|fals|n|nu|nul"
    r"|-|\.|[eE][+-]?",  # a number that may go on
    re.DOTALL,
)


class JsonError(ValueError):
    """Why a document could not be read, and the cure: the end of a sentence whose subject is the document.

    `what` is the sentence without its cure ("is empty"), for those who wait instead.
    """

    def __init__(self, what: str, cure: str, *, cut: bool = False) -> None:
        super().__init__(f"{what}; {cure}")
        self.what = what
        self.cut = cut  # it stops in the middle: what is there could still become a good document


class OutOfBounds(str):
    """A number as it was written: more digits than are read, so never computed with."""

    __slots__ = ()


def exact_json(document: bytes | str, *, bytes_max: int = DOCUMENT_BYTES_MAX) -> object:
    """Return the document's value: objects as dict, numbers as Decimal or OutOfBounds. Raises JsonError."""
    text = _text_of(document, bytes_max)
    _check_depth(text)
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        _refuse_syntax(text, error)
    if "NaN" in text or "Infinity" in text:
        _check_constants(value)
    if _SURROGATE_ESCAPE.search(text):
        _check_surrogates(value)
    return value


def number_of(token: str) -> Decimal | OutOfBounds:
    """Return a JSON number's exact value, or the token itself when it is no number of at most 20 + 18 digits."""
    match = _NUMBER.fullmatch(token)
    if match is None:
        return OutOfBounds(token)
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or "0")
    digits = whole + fraction
    leading_zeros = len(digits) - len(digits.lstrip("0"))
    before, after = len(whole) + exponent - leading_zeros, len(fraction) - exponent
    return Decimal(token) if before <= DIGITS_BEFORE_MAX and after <= DIGITS_AFTER_MAX else OutOfBounds(token)


def _number_in_json(token: str) -> Decimal | OutOfBounds:
    """Return the exact value of what the decoder found to be a number: a short one cannot have too many digits."""
    short = len(token) <= DIGITS_AFTER_MAX and "e" not in token and "E" not in token
    return Decimal(token) if short else number_of(token)


def _text_of(document: bytes | str, bytes_max: int) -> str:
    if len(document) > bytes_max:
        raise JsonError(f"is longer than {bytes_max:,} bytes, the most that is read", "shorten it")
    if isinstance(document, bytes):
        try:
            text = document.decode()
        except UnicodeDecodeError as error:
            raise JsonError(
                f"is not UTF-8 text (byte {error.start + 1})",
                "write it as UTF-8",
                cut=error.reason == "unexpected end of data",
            ) from error
    else:
        text = document
    if text.startswith("\ufeff"):
        raise JsonError("begins with a byte order mark", "write it as UTF-8 without one")
    if "\x00" in text:
        raise JsonError("is binary (it holds a zero byte)", "write it as JSON")
    if not text.strip(" \t\r\n"):
        raise JsonError("is empty", "write it as JSON", cut=True)
    return text


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= DEPTH_MAX:
        return
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        bracket = match[0]
        if bracket in ("[", "{"):
            depth += 1
            if depth > DEPTH_MAX:
                raise JsonError(f"is nested deeper than {DEPTH_MAX} levels", "flatten it")
        elif bracket in ("]", "}"):
            depth -= 1


def _refuse_syntax(text: str, error: json.JSONDecodeError) -> NoReturn:
    rest = text[error.pos :]
    cut = not rest.strip(" \t\r\n") or _CUT_TOKEN.fullmatch(rest) is not None
    column = f"column {error.colno}"
    place = f"line {error.lineno}, {column}" if "\n" in text else column  # a line of JSON lines has a number of its own
    if cut:
        raise JsonError(f"stops in the middle ({place})", "write the whole of it", cut=True) from error
    what = f"is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]} ({place})"
    raise JsonError(what, "correct it there") from error


def _object_of(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"is ambiguous: the key {json.dumps(twice[:60])} stands twice in one object", "keep one")
    return table


@record
class _Constant:
    """Stands where NaN or Infinity stood, until its place is known."""

    token: str


def _check_constants(value: object) -> None:
    for place, leaf in _leaves(value, ""):
        if isinstance(leaf, _Constant):
            raise JsonError(f"is not JSON: {_named(place)} is {leaf.token}", "write null or leave it out")


_DECODER: Final = json.JSONDecoder(
    parse_float=_number_in_json,
    parse_int=_number_in_json,
    parse_constant=_Constant,
    object_pairs_hook=_object_of,
)


def _check_surrogates(value: object) -> None:
    for place, leaf in _leaves(value, ""):
        if isinstance(leaf, str) and any("\ud800" <= char <= "\udfff" for char in leaf):
            raise JsonError(f"is not text: {_named(place)} holds half a surrogate pair", "write the whole one")


def _named(place: str) -> str:
    return json.dumps(place[:60])[1:-1] or "the value"


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    """Yield every key and every value that is no container, each with its place (`a.b[0]`)."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{place}.{key}" if place else key
            yield inner, key
            yield from _leaves(item, inner)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{place}[{index}]")
    else:
        yield place, value
