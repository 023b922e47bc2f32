"""JSON read exactly: what comes out is what was written, and whatever comes in, only `JsonError` is raised."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capi.adapters.exact_json import DEPTH_MAX, DOCUMENT_BYTES_MAX, JsonError, OutOfBounds, exact_json, number_of
from tests.properties.profiles import examples

DOCUMENT = (
    '{"action": "long", "zone": [90700.0, -9.5e3], "t": true, "f": false, "n": null, '
    '"text": "a\\u00e9\\ud83d\\ude00\\"\\\\ü", '
    '"more": {"x": 1.5E+2, "y": 0.1234567890123456789}}'
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**19), 10**19) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=4),
    max_leaves=12,
)


@examples(100)
@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b"9" * 5_000)
@example(b'{"a": 1e999999999999999999}')
@example(b"[NaN, Infinity, -Infinity]")
@example(b'"\\ud800"')
def test_nothing_but_json_error_is_raised(document: bytes) -> None:
    assert sentence_of(document).isprintable()


def sentence_of(document: bytes) -> str:
    """Return why a document is refused; nothing when it is not."""
    try:
        exact_json(document)
    except JsonError as error:
        return str(error)
    return ""


@examples(100)
@given(JSON_VALUES)
def test_what_was_written_comes_out(value: object) -> None:
    assert exact_json(json.dumps(value).encode()) == value


@examples(100)
@given(
    st.decimals(min_value=-(10**20) + 1, max_value=10**20 - 1, allow_nan=False, places=18).filter(
        lambda value: abs(value) < 10**20
    )
)
def test_numbers_keep_every_digit(value: Decimal) -> None:
    token = format(value, "f")
    read = exact_json(f"[{token}]")
    assert read == [value]
    assert format(number_of(token), "f") == token


@pytest.mark.parametrize(
    "token",
    ["0", "-0", "1e19", "1E-18", "123.45e2", "99999999999999999999", "0.000000000000000001", "12345e-18", "0e19"],
)
def test_numbers_within_bounds_are_read(token: str) -> None:
    assert number_of(token) == Decimal(token)


@pytest.mark.parametrize(
    "token",
    [
        *("1e20", "1e400", "1e-19", "1e00000", "100000000000000000000", "0.0000000000000000001", "0e400", "9" * 5000),
        *("1_000", "+1", "01", ".5", "5.", "1e", "", " 1", "٣", "0x10", "NaN"),
    ],
)
def test_numbers_out_of_bounds_stay_text(token: str) -> None:
    read = number_of(token)
    assert isinstance(read, OutOfBounds)
    assert read == token


@pytest.mark.parametrize("length", range(len(DOCUMENT.encode())))
def test_every_beginning_of_a_document_is_cut(length: int) -> None:
    with pytest.raises(JsonError) as caught:
        exact_json(DOCUMENT.encode()[:length])
    assert caught.value.cut


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "is empty; write it as JSON"),
        ('{"a": "lo', "stops in the middle (column 7); write the whole of it"),
        ('{\n"a": 1,', "stops in the middle (line 2, column 8); write the whole of it"),
    ],
)
def test_a_cut_document_tells_the_cure_and_what_is_wrong_without_it(document: str, says: str) -> None:
    with pytest.raises(JsonError) as caught:
        exact_json(document)
    assert str(caught.value) == says
    assert caught.value.what == says.partition(";")[0]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("{} x", "not valid JSON: extra data (column 4); correct it there"),
        ('{"a": 1,\n "b": nope}', "not valid JSON: expecting value (line 2, column 7)"),
        ('{"a": 1, "a": 2}', 'the key "a" stands twice'),
        ('{"a": {"b": [1, NaN]}}', "a.b[1] is NaN"),
        ('{"a": -Infinity}', "a is -Infinity"),
        ('{"a": "\\udc00"}', "a holds half a surrogate pair"),
        ('{"a": 1_000}', "not valid JSON"),
        ("{'a': 1}", "not valid JSON"),
        ('{"a": "x\ny"}', "not valid JSON"),
        ("\ufeff{}", "byte order mark"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"{}\x00\x00", "binary"),
        ("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), "nested deeper than 32 levels; flatten it"),
        (b" " * (DOCUMENT_BYTES_MAX + 1), "longer than 1,048,576 bytes, the most that is read; shorten it"),
    ],
)
def test_complete_but_invalid_documents_are_not_cut(document: str | bytes, says: str) -> None:
    with pytest.raises(JsonError) as caught:
        exact_json(document)
    assert says in str(caught.value)
    assert not caught.value.cut


def test_brackets_in_text_are_not_depth() -> None:
    assert exact_json(json.dumps(["[" * 100, '\\"[[' * 100])) == ["[" * 100, '\\"[[' * 100]


def test_depth_up_to_the_limit_is_read() -> None:
    assert exact_json("[" * DEPTH_MAX + "]" * DEPTH_MAX)


@pytest.mark.parametrize("document", [b"", b" \r\n\t", '{"a": "ü'.encode()[:-1]])
def test_empty_and_half_characters_are_cut(document: bytes) -> None:
    with pytest.raises(JsonError) as caught:
        exact_json(document)
    assert caught.value.cut
