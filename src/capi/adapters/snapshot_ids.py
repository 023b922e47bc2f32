"""Decision ids of a snapshot, made safe as the decision's own: the same idea has the same id wherever it is named."""

from dataclasses import replace

from capi.core.account import Account
from capi.core.ids import decision_key


def with_safe_ids(account: Account, id_prefix: str) -> Account:
    """Return the account with every decision id as `ids.decision_key` has it under this prefix."""
    trade, last = account.trade, account.last_trade
    return replace(
        account,
        trade=None if trade is None else replace(trade, decision_id=decision_key(id_prefix, trade.decision_id)),
        last_trade=None if last is None else replace(last, decision_id=decision_key(id_prefix, last.decision_id)),
        intents=tuple(
            replace(intent, decision_id=decision_key(id_prefix, intent.decision_id)) for intent in account.intents
        ),
    )
