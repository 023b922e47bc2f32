"""The catalogue of faults: each kind, and what it is. The names stand in tables, timelines and `--without`."""

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    # a request
    "lost_before": "never arrives, and nobody says so",
    "lost_after": "is carried out, and its answer is lost",
    "late": "arrives after we gave up on it, or later than its answer",
    "http_503": "503 Unknown error: it may have been carried out",
    "http_502": "502: it may have been carried out",
    "internal_1001": "-1001: it may have been carried out",
    "unexpected_1006": "-1006: it may have been carried out",
    "timeout_1007": "-1007: it may have been carried out",
    "unavailable_503": "503 Service Unavailable: surely not carried out",
    "overload_1008": "-1008: not carried out; what reduces risk is exempt",
    "throttled_429": "429: nothing may be sent for a while, stops neither",
    "banned_418": "418: the same, for longer",
    "stop_before_position_4509": "-4509: a closePosition stop before the exchange sees the position",
    "answered_twice": "arrives twice, and the answer is the refusal of the second",
    "clock_1021": "the machine's clock slips: -1021 where that is too far",
    # a look
    "look_fails": "nothing can be read",
    "plain_missing": "the open plain orders cannot be read",
    "algo_missing": "the open conditional orders cannot be read",
    "fills_missing": "the fills cannot be read",
    "position_missing": "the position cannot be read",
    "money_missing": "the balance cannot be read",
    "prices_missing": "the prices cannot be read",
    "plain_lag": "plain orders are shown as they were up to two seconds ago",
    "algo_lag": "conditional orders are",
    "fills_lag": "fills are",
    "position_lag": "the position is",
    "slow_look": "reading takes long, and the market goes on between orders and position",
    "amnesia": "the exchange denies a stop for a while: lists, queries and cancels do not know it, and it rests",
    "conditional_down": "the service of conditional orders is down: none can be read, asked about, placed or cancelled",
    # an event of the user stream
    "event_lost": "never arrives",
    "event_late": "arrives up to nine seconds late, after others",
    "event_twice": "arrives twice",
    "stream_silent": "is the last for a while: the stream is silent without an end of the connection",
    "listen_key_expired": "is the last: its key has expired, and until it is connected with another one all is lost",
    # the market
    "gap": "the price jumps and stays, through stops and targets",
    "wick": "the price jumps and comes back",
    "thin_book": "a market order, a triggered stop too, finds only a part, and its rest expires",
    "vain_trigger": "a stop fires without effect",
    "liquidation": "a gap through the stop takes the margin: the exchange closes the position",
    # the account's owner
    "manual_close": "closes the position by hand",
    "manual_add": "trades in the symbol by hand",
    "manual_reduce": "closes a part by hand",
    "manual_turn": "turns the position by hand",
    "manual_cancel": "cancels an order, ours too",
    "manual_stop": "rests a closePosition stop",
    "manual_limit": "rests a limit order",
    # the machine
    "disk_full": "the journal cannot be written, perhaps in the middle of a line",
    "crash": "the process ends between any two operations",
    "power_cut": "the same, and what was not synced is lost, perhaps in the middle of a line",
    "journal_lost": "the journal is moved away while no process runs: the exchange has to tell the past",
    # the decision file
    "torn": "is written in two steps",
    "replaced_in_read": "is overwritten as it is read: the reader gets a part of the old one, or all of it",
    "gone": "is missing for a while",
    "broken": "is no JSON",
    "invalid": "breaks the contract",
    "other_symbol": "is for another symbol",
    "stale": "is older than allowed",
    "future": "is from the future",
    "reused_id": "has an id that was used with another timestamp",
}
