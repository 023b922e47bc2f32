"""Documents made from good ones: cut, flipped, spliced, and their JSON changed key by key and value by value.

All chance comes from the dice: the same dice make the same document.
"""
# ruff: noqa: RUF001 - digits that only look like ours are what is wanted here

from collections.abc import Callable, Sequence
from copy import deepcopy
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Final

from tests.fuzz.tree import Holder, Items, Pairs, Token, holders, put, put_together, taken_apart, values

CHANGES_MAX: Final = 4
NUMBERS: Final = (
    *("0", "-0", "0.0", "-0.0", "1", "-1", "2", "0.5", "1.5", "100", "200", "1e5", "1E+2", "1e-8", "-1e-8", "5e-324"),
    *("1e400", "-1e400", "1e-400", "1e9999", "1e99999", "9" * 20, "9" * 21, "9" * 400, "0." + "0" * 17 + "1"),
    *("0." + "0" * 18 + "1", "9" * 20 + "." + "9" * 18, "2147483648", "9223372036854775807", "9223372036854775808"),
    *("1764324300", "1764324300000", "1790770800000", "4102444800001", "253402300800000"),
    *("NaN", "-NaN", "Infinity", "-Infinity", "nan", "inf", "0x10", "01", "+1", ".5", "5.", "1_000", "1,5", "--1"),
    *("١٢٣", "１２", "²", "1e", "true", "null", "undefined"),
)
TEXTS: Final = (
    *("", " ", "\t", "\n", "\x00", "\x1b[2J", "\u2028", "\u202e", "\ufeff", "\ud800", "\udfff\ud800", "😀", "ſ", "İ"),
    *("x" * 70, "y" * 5000, "0", "-0", "-1", "1", "0.0", "1e400", "1e-30", "NaN", "Infinity", "-inf", "sNaN", "1_0"),
    *(" 1", "1 ", "１２", "١", "0x1", "1e5", "9" * 40, "0." + "0" * 30 + "1", "90800.0", "true", "false", "null"),
    *("BTCUSDT", "ETHUSDT", "btcusdt", "BUY", "SELL", "buy", "long", "short", "flat", "LONG", "NEW", "FILLED"),
    *("2025-11-28T10:05:00Z", "2025-11-28T10:05:00+00:00", "2025-02-30T00:00:00Z", "2025-11-28T24:00:00Z"),
    *("2025-11-28T10:05:60Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2025-11-28", "1764324300"),
    *("../../etc/passwd", "${HOME}", "%s%n", "{0}", "'; DROP TABLE orders; --", "capi_entry_x", "capi_sl_x"),
)
BYTES: Final = (
    *(b"", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\r\n", b"\n", b"\r"),
    *(b",", b":", b'"', b"\\", b"\\u", b"\\ud83d", b"{", b"}", b"[", b"]", b"//", b"/*", b"#", b"'", b";", b"="),
    *(b"NaN", b"null", b"-", b"e", b".", b"1e999", b" " * 300, b"[" * 40, b'{"a":' * 40, b"\x1b"),
)

Change = Callable[[bytes, Random], bytes]


def document_of(good: Sequence[bytes], dice: Random) -> bytes:
    """Return one document: seldom a good one, mostly a good one changed a few times, sometimes one made up."""
    document = dice.choice(good)
    roll = dice.random()
    if roll < 0.01:
        return document
    if roll < 0.06:
        return made_up(good, dice)
    if roll < 0.12:
        return spliced(document, dice.choice(good), dice)
    for _ in range(dice.choice((1, 1, 1, 2, 2, 3, CHANGES_MAX))):
        document = changed(document, dice)
    return document


def changed(document: bytes, dice: Random) -> bytes:
    """Return the document with one change: of its JSON when it has any, else (and sometimes) of its bytes."""
    if dice.random() < 0.75:
        try:
            tree = taken_apart(document)
        except (ValueError, RecursionError):
            pass
        else:
            change_tree(tree, dice)
            return put_together(tree)
    return change_bytes(document, dice)


# bytes


def change_bytes(document: bytes, dice: Random) -> bytes:
    """Return the document with one change of its bytes."""
    if not document:
        return dice.choice(BYTES)
    at = dice.randrange(len(document))
    end = min(len(document), at + dice.choice((1, 1, 2, 5, 20, 100)))
    match dice.randrange(8):
        case 0:
            return document[:at] + bytes([document[at] ^ (1 << dice.randrange(8))]) + document[at + 1 :]
        case 1:
            return document[:at]
        case 2:
            return document[at:]
        case 3:
            return document[:at] + document[end:]
        case 4:
            return document[:end] + document[at:end] * dice.choice((1, 1, 2, 50)) + document[end:]
        case 5:
            return document[:at] + dice.choice(BYTES) + document[end:]
        case 6:
            return document[:at] + dice.choice(BYTES) + document[at:]
        case _:
            return document[:at] + bytes(dice.randrange(256) for _ in range(end - at)) + document[end:]


def spliced(one: bytes, other: bytes, dice: Random) -> bytes:
    """Return the beginning of one document and the end of another."""
    return one[: dice.randrange(len(one) + 1)] + other[dice.randrange(len(other) + 1) :]


# JSON


def change_tree(tree: object, dice: Random) -> None:
    """Change one place of a tree."""
    found = list(holders(tree))
    if not found:
        return
    holder = dice.choice(found)
    index = dice.randrange(len(holder))
    roll = dice.random()
    if roll < 0.55:
        put(holder, index, other_value(values(holder)[index], dice))
    elif roll < 0.65:
        del holder[index]
    elif roll < 0.75:
        put(holder, index, deepcopy(dice.choice(values(dice.choice(found)))))  # a copy: nothing holds itself
    elif roll < 0.80:
        holder.insert(dice.randrange(len(holder) + 1), holder[index])  # type: ignore[arg-type]  # of its own kind
    elif roll < 0.85:
        dice.shuffle(holder)
    elif roll < 0.95 and isinstance(holder, Pairs):
        _change_key(holder, index, dice)
    else:
        put(holder, index, _deep(dice))


def _change_key(pairs: Pairs, index: int, dice: Random) -> None:
    key, value = pairs[index]
    other = dice.choice((key.upper(), key + "_", key[1:], dice.choice(TEXTS), dice.choice(pairs)[0]))
    if dice.random() < 0.5:
        pairs[index] = (other, value)
    else:
        pairs.append((other, value))


def other_value(value: object, dice: Random) -> object:
    """Return a value in place of another: near it, odd, or of another kind."""
    roll = dice.random()
    if isinstance(value, Token) and roll < 0.7:
        return Token(_near(value.text, dice)) if roll < 0.4 else Token(dice.choice(NUMBERS))
    if isinstance(value, str) and roll < 0.7:
        near = roll < 0.3 and value[:1].isdigit()
        return _near(value, dice) if near else dice.choice((dice.choice(TEXTS), dice.choice(NUMBERS), value[1:]))
    if isinstance(value, bool) and roll < 0.5:
        return not value
    return dice.choice(
        (None, True, False, Token(dice.choice(NUMBERS)), dice.choice(TEXTS), Items(), Pairs(), Items([value]))
    )


def _near(text: str, dice: Random) -> str:
    """Return a number that is close to another, or a clear multiple; what is no number as it is, with a digit more."""
    try:
        number = Decimal(text)
        unit = Decimal(1).scaleb(int(number.as_tuple().exponent))
    except (InvalidOperation, ValueError):
        return text + str(dice.randrange(10))
    factors = ("0.5", "0.9", "0.99", "0.999", "1.001", "1.01", "1.1", "2", "10", "0.1", "-1", "1000", "0.0001")
    near = number + unit * dice.choice((-1, 1)) if dice.random() < 0.3 else number * Decimal(dice.choice(factors))
    return f"{near:f}"


def _deep(dice: Random) -> object:
    node: object = Token("1")
    for _ in range(dice.choice((1, 3, 31, 33, 60))):
        node = Items([node]) if dice.random() < 0.5 else Pairs([("a", node)])
    return node


def made_up(good: Sequence[bytes], dice: Random) -> bytes:
    """Return JSON that nobody wrote, of keys and values that occur in the good documents."""
    try:
        found = [one for document in dice.sample(good, min(3, len(good))) for one in holders(taken_apart(document))]
    except (ValueError, RecursionError):
        return bytes(dice.randrange(256) for _ in range(dice.randrange(200)))
    keys = [key for holder in found if isinstance(holder, Pairs) for key, _ in holder] or ["a"]
    leaves = [value for holder in found for value in values(holder)] or [None]

    def grown(depth: int) -> object:
        roll = dice.random()
        if depth == 0 or roll < 0.3:
            return other_value(dice.choice(leaves), dice) if dice.random() < 0.3 else dice.choice(leaves)
        inner: Holder
        if roll < 0.85:
            inner = Pairs((dice.choice(keys), grown(depth - 1)) for _ in range(dice.randrange(12)))
        else:
            inner = Items(grown(depth - 1) for _ in range(dice.randrange(5)))
        return inner

    return put_together(grown(3))
