"""Documents that once broke a reader, each as short as it could be made; none does any more."""

from typing import Final

import pytest

from tests.fuzz.every import targets

FOUND: Final[tuple[tuple[str, bytes], ...]] = (
    # two rows of one position: the first one's quantity was overlooked
    (
        "answer of positionRisk",
        b'[{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "3"}, '
        b'{"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": "-0"}]',
    ),
    # prices, quantities and filled quantities below zero
    (
        "answer of positionRisk",
        b'[{"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"0.1","entryPrice":"-6"}]',
    ),
    (
        "answer of order",
        b'{"orderId": 79, "status": "NEW", "clientOrderId": "cx", "price": "-1", "origQty": "0", "executedQty": "0", '
        b'"type": "MARKET", "reduceOnly": false, "side": "BUY"}',
    ),
    (
        "answer of order",
        b'{"orderId": 9, "status": "NEW", "clientOrderId": "cx", "origQty": "0.010", "executedQty": "-8", '
        b'"type": "LIMIT", "reduceOnly": false, "side": "BUY"}',
    ),
    (
        "answer of algoOrder",
        b'{"clientAlgoId":"c","orderType":"STOP_MARKET","side":"SELL","quantity":"-1","algoStatus":"N",'
        b'"reduceOnly":true}',
    ),
    # a candle whose high is below its low made volatility negative, which passes every bound
    ("answer of klines", b'[[9,"9","1","9","15","","2",""]]'),
    # what the exchange or a file says went to the terminal as it came
    ("yes to a stop's cancel", b'{"clientAlgoId":"\\u001b","code":"200"}'),
    ("yes to a stop's cancel", b'{"clientAlgoId":"' + b"y" * 700 + b'","code":"200"}'),
    ("write", b"POST /fapi/v1/order|402|\n\x02"),
    ("prices", b"d,price,quantity,\x7f,,transact_time,is_buyer_maker\n,3,6,,,723161256313,False\n"),
    ("prices", b"open_time,open,high,low,close,volume,close_time,\x7f,0,0"),
    ("packed prices", b"\xde\xfb\x8d\\\x89\x9c" * 60),
    # a file without a name inside a zip
    (
        "packed prices",
        b"PK\x03\x04PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00\xc0\xaey],r\tJJ\x00\x00\x00a\x00\x00\x00\x05\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x00\x00\x80\x01\x8f\xce\x1a\x83\x00.csvPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x003\x00\x00\x00m\x00"
        b"\x00\x00\x00\x00",
    ),
    # a name inside a zip that is no UTF-8 although it says so
    (
        "packed prices",
        b"PK\x03\x047\xb6\x9do\xce\x1fN\x14\xfd\xa5\xc6^\x9e\xc2\xd7R\x13\xbd\x0e\x8e\x95\xf7\\d\xf4\x83\x00\xb8q\x082pI\xda\xe4\xf99\x10\x7fK%'\x0e\xa8.7pt\xdb\\D\x13\x19\x03\xc8\xf2\x8dQTg\x92\x83\xfb\x1a\xbf{\x07\x9f\xe4\x1c\x18K\x03\xc45\xc1\x89\xdbH\xfbb\xe3\xd1\xda\xee\x1c\x89\x9d\xd4-\xdawlA\xe9\xe6\x13us(\x8d\xdf\xec\x9d\x8e\xed\x9c\xdb\x05PK\x01\x02\x14\x03\x14\x00\x00\x00\x08\x00F\x0bz]\x142X\xb0N\x00\x00\x00q\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x000.csvPK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x003\x00\x00\x00q\x00\x00\x00\x00\x00",
    ),
    # a schema that no version ever wrote
    ("journal", b'{"seq":1,"event":"journal_opened","schema":0}\n'),
    # a line of the journal that is JSON and an event, but not one that an engine wrote
    (
        "journal",
        b'{"seq":1,"event":"journal_opened","at_ms":null,"schema":1,"version":"0.1.0"}\n'
        b'{"seq":2,"event":"intent","at_ms":1764324360000,"client_order_id":"capi_entry_x"}\n',
    ),
    (
        "journal",
        b'{"seq":1,"event":"journal_opened","at_ms":null,"schema":1,"version":"0.1.0"}\n'
        b'{"seq":2,"event":"position","at_ms":1764324360000,"qty":{}}\n',
    ),
)


@pytest.mark.parametrize(("name", "document"), FOUND, ids=[f"{i}: {name}" for i, (name, _) in enumerate(FOUND)])
def test_what_was_found_stays_mended(name: str, document: bytes) -> None:
    (target,) = [one for one in targets() if one.name == name]
    assert target.check(document) in target.outcomes
