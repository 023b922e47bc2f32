"""A snapshot's decision ids are made safe as the decision's own: one idea has one id wherever it is named."""

from decimal import Decimal
from typing import Any

import pytest

from capi.adapters.snapshot_ids import with_safe_ids
from capi.core.account import LastTrade
from capi.core.ids import decision_key, order_id
from tests.worlds import ACCOUNT, NOW, account, intent, trade

LONG_ID = "x" * 64


def named(name: str) -> dict[str, Any]:
    """Return a trade, an intent and a last trade of one decision."""
    return {
        "trade": trade(decision_id=name),
        "intents": (intent(decision_id=name), intent("capi_entry_other", decision_id="other")),
        "last_trade": LastTrade(decision_id=name, side="long", closed_at_ms=NOW),
    }


@pytest.mark.parametrize("name", ["20251128T100500Z", "o20251128T100459Z", "idea-7", "a.b:c/d"])
def test_an_id_that_fits_stays(name: str) -> None:
    seen = account(**named(name))
    assert with_safe_ids(seen, "capi") == seen


@pytest.mark.parametrize("name", ["idea_7", LONG_ID, "two words", "ü"])
@pytest.mark.parametrize("prefix", ["capi", "longname"])
def test_one_that_does_not_fit_is_hashed_to_the_same_everywhere(name: str, prefix: str) -> None:
    safe = with_safe_ids(account(**named(name)), prefix)
    assert safe.trade is not None
    assert safe.last_trade is not None
    ids = {safe.trade.decision_id, safe.last_trade.decision_id, safe.intents[0].decision_id}
    assert ids == {decision_key(prefix, name)}
    assert safe.intents[1].decision_id == "other"
    [hashed] = ids
    assert len(order_id(prefix, "entry", hashed, 9999)) <= 36


def test_a_longer_prefix_leaves_less_room() -> None:
    name = "n" * 20
    assert with_safe_ids(account(**named(name)), "capi") == account(**named(name))
    assert with_safe_ids(account(**named(name)), "longname") != account(**named(name))


def test_everything_else_stays_and_nothing_is_named_where_nothing_was() -> None:
    assert with_safe_ids(ACCOUNT, "capi") == ACCOUNT
    changed = with_safe_ids(account(**named("idea_7")), "capi")
    assert changed.intents[0].client_order_id == "capi_entry_20251128T100500Z"  # an order's id is the exchange's
    assert changed.trade is not None
    assert changed.trade.sl == Decimal("89800.0")
