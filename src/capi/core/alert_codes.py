"""Every code that an alert can have: what it means and what the operator is advised to do.

One source for the messages and for docs/alerts.md, which is made of it. A code is stable: programs may wait for it.
`levels` says at which levels it is raised. A test holds that the source raises these and no others.
"""

from typing import Final

from capi.core.value import record


@record
class Code:
    """What a code means, and what to do; `is_news`: told at once whatever its level."""

    levels: str
    meaning: str
    advice: str
    is_news: bool = False


CODES: Final[dict[str, Code]] = {
    # the position and its stop
    "naked_position": Code(
        "CRITICAL",
        "A position stood without a stop for longer than protection.naked_seconds_max: it is being closed at market.",
        "look at the position on the exchange now; when it is flat or stopped and the cause is gone, capi resume",
    ),
    "missing_stop": Code(
        "CRITICAL",
        "The stop of a known trade was gone: it is placed again at its level.",
        "find out who cancelled it (another program, a person, the exchange); capi orders shows what rests now",
    ),
    "stop_unsure": Code(
        "CRITICAL",
        "A position stands, what rests cannot be read, and a new stop was refused: nobody knows whether one protects.",
        "look at the exchange now, and place a stop or close the position by hand if there is none",
    ),
    "no_stop_level": Code(
        "CRITICAL",
        "A position stands and no price is known to derive a stop from.",
        "place a stop on the exchange by hand, and see whether it gives prices of the symbol",
    ),
    "orphan_position": Code(
        "CRITICAL",
        "A position stands that the ledger does not know: it was taken over and given a stop.",
        "find out who opened it; close it by hand if it is not wanted, otherwise leave it to its stop",
    ),
    "liquidation": Code(
        "CRITICAL",
        "The exchange has liquidated, or deleveraged, the position.",
        "check balance and margin mode before anything else is traded",
    ),
    "margin_call": Code(
        "CRITICAL",
        "The exchange calls for margin: a position of the account, in whatever symbol, nears its liquidation.",
        "add margin or close positions; the stop of this symbol stays where it is",
    ),
    "position_exceeds_entry": Code(
        "WARNING",
        "The position is larger than what the entry has filled: somebody else traded in the symbol.",
        "let nobody else trade the symbol on this account; the stop covers all of it",
    ),
    "stop_tightened": Code(
        "WARNING, CRITICAL",
        "The stop was moved closer, as the day's limit or the liquidation price asks (CRITICAL: liquidation is near).",
        "nothing; when it is for liquidation, add margin or lower risk.leverage_max for the next trade",
    ),
    "tighten_skipped": Code(
        "WARNING",
        "A newly wanted stop level was already passed by the price: the stop stays where it is.",
        "nothing, if the stop that rests is where you want it",
    ),
    "dust_position": Code(
        "WARNING",
        "What is left of the position is too small for an order.",
        "close it by hand on the exchange",
    ),
    # orders
    "order_refused": Code(
        "WARNING, ERROR",
        "The exchange has refused an order; the text says with which code, and what is done about it.",
        "nothing while it is tried again; when it was given up, see to what the code says (margin, filters, rights)",
    ),
    "echo_differs": Code(
        "CRITICAL",
        "The exchange took an order as something else than was sent: it is cancelled.",
        "look at the open orders on the exchange, and report it with the journal",
    ),
    "set_leverage_refused": Code(
        "WARNING", "The leverage could not be set: no entry until it is.", "set it by hand, or lower risk.leverage_max"
    ),
    "set_margin_mode_refused": Code(
        "WARNING",
        "The margin mode could not be set: no entry until it is.",
        "close positions and orders of the symbol and set it by hand, or change risk.margin_mode",
    ),
    "arm_dead_man_refused": Code(
        "WARNING",
        "The dead-man switch could not be set: a resting entry would outlive this program.",
        "nothing while the program runs; watch the entry if it has to be stopped",
    ),
    "cancel_order_refused": Code(
        "WARNING", "An order could not be cancelled: it is tried again.", "cancel it by hand if it stays open"
    ),
    "request_failed": Code(
        "CRITICAL",
        "A request broke off in this program itself: whether it was carried out is found out by looking.",
        "report it with the journal",
    ),
    "slippage_too_high": Code(
        "WARNING",
        "The book is too thin for a market entry within entry.slippage_max: it waits.",
        "nothing; a larger entry.slippage_max would pay more",
    ),
    "foreign_order": Code(
        "WARNING",
        "Orders of the symbol rest that are not ours (risk.foreign_orders is alert).",
        "cancel them, or let another id_prefix or account trade them",
    ),
    "foreign_fill": Code(
        "WARNING",
        "Something that is not ours has traded in the symbol.",
        "find out who trades; one engine alone should trade a symbol on an account",
    ),
    # the engine's state
    "safe_mode": Code(
        "CRITICAL",
        "No entries until capi resume; what stands is guarded on.",
        "see to the cause that the text names, then capi reconcile and capi resume",
        is_news=True,
    ),
    "look_failed": Code(
        "ERROR",
        "The account could not be read: stops rest on the exchange, nothing new is opened.",
        "see to network, key and the exchange's own status if it goes on",
    ),
    "exchange_silence": Code(
        "ERROR, CRITICAL",
        "The exchange asked for silence (429 or 418): nothing is sent for that long (CRITICAL: with a position).",
        "find what else sends requests from this address",
    ),
    "second_engine": Code(
        "CRITICAL",
        "Orders with our prefix were placed that this ledger never wrote: another engine trades here. Safe mode.",
        "stop the other one, or give it an id_prefix of its own; then capi resume",
    ),
    "streams_down": Code(
        "WARNING",
        "The exchange's streams are silent or cannot be reached: all is read by REST, at the pace of the passes.",
        "see to the network and exchange.stream_url if it lasts; trading goes on",
    ),
    "streams_up": Code("INFO", "The streams are back.", ""),
    "pass_failed": Code(
        "CRITICAL",
        "A pass raised an error of this program's own; the next one guards on.",
        "watch the position, and report it with the journal",
    ),
    "attending_failed": Code(
        "CRITICAL",
        "Events and commands could not be heard, by an error of this program's own: passes go on at the interval.",
        "watch the position, and report it with the journal",
    ),
    "slow_pass": Code(
        "WARNING",
        "A pass took longer than loop.interval_seconds.",
        "see to the network and to what else this machine does, or raise loop.interval_seconds",
    ),
    "flattened": Code(
        "WARNING", "Flat is confirmed, as capi flatten wanted; no entries.", "capi resume, when it is to trade again",
        is_news=True,
    ),
    "inbox_refused": Code(
        "WARNING", "A command for the engine could not be read.", "give it again with capi pause, resume or flatten"
    ),
    "inbox_unusable": Code(
        "WARNING",
        "The folder for commands cannot be made: capi pause, resume and flatten do not reach this run.",
        "correct the rights of state_dir, and start again",
    ),
    "account_unnamed": Code(
        "WARNING",
        "The exchange does not name the account: that this ledger is of it cannot be checked.",
        "make sure that state_dir is this account's own",
    ),
    "past_recalled": Code(
        "INFO, WARNING",
        "The ledger was empty, and the day's figures were taken from the exchange's history.",
        "nothing on a first start; otherwise find out why the journal is gone",
    ),
    "decision_silence": Code(
        "WARNING",
        "No new usable decision for loop.decision_age_seconds_max: nothing new is opened, what stands is guarded on.",
        "see whether the program that writes the decision file still runs, and writes where decision_file says",
        is_news=True,
    ),
    "decision_returned": Code("INFO", "Usable decisions come in again.", "", is_news=True),
    "position_opened": Code("INFO", "A trade has begun.", "", is_news=True),
    "tp1_filled": Code("INFO", "The first target was reached.", "", is_news=True),
    "position_closed": Code(
        "INFO, WARNING",
        "A trade has ended; the text says by what, and what it earned (WARNING: not by this program's own orders).",
        "nothing; if it was closed by hand, let nobody else trade the symbol, or capi pause first",
        is_news=True,
    ),
    "engine_started": Code(
        "INFO", "capi run has begun; the text says what it found, and what an earlier run could not tell.", "",
        is_news=True,
    ),
    "engine_stopped": Code(
        "INFO",
        "capi run has ended in order; stop and targets stay on the exchange.",
        "start it again when you want it to go on: nobody moves the stop or takes up decisions meanwhile",
        is_news=True,
    ),
    "engine_crashed": Code(
        "CRITICAL",
        "capi ends by an error of its own; stop and targets stay on the exchange, and nobody moves them.",
        "start it again: it takes up where it was; report it with the journal",
    ),
    "engine_paused": Code(
        "INFO", "capi pause or capi flatten was carried out: no entries.", "capi resume ends it", is_news=True
    ),
    "engine_resumed": Code("INFO", "Pause and safe mode have ended.", "", is_news=True),
    # this machine
    "journal_unwritable": Code(
        "CRITICAL",
        "The journal cannot be written: no entries until it can; what stands is guarded on.",
        "free the disk of state_dir, or correct its rights, now",
    ),
    "journal_gone": Code(
        "CRITICAL",
        "The journal's file was removed or replaced under the running engine: no entries.",
        "move the file back, or start again: what counts is then taken from the exchange",
    ),
    "recording_failed": Code(
        "WARNING", "What a pass did could not be shown or told.", "report it with the journal; trading goes on"
    ),
    "torn_tail": Code(
        "WARNING",
        "A crash had cut the journal's last line short; it was taken off.",
        "nothing; see why the process or the machine ended",
    ),
    "database_behind": Code(
        "WARNING",
        "The database cannot be written: reading commands see less than the journal holds.",
        "do what the text says; trading does not need it",
    ),
    "status_unwritable": Code(
        "WARNING", "status.json cannot be written: capi status shows an old one.", "free the disk, or correct rights"
    ),
    "log_unwritable": Code(
        "WARNING",
        "logs/engine.log cannot be written: this run's log has gaps; the journal has everything.",
        "free the disk of log_dir, correct its rights, or give each engine its own log_dir",
    ),
    "telegram_failed": Code(
        "WARNING",
        "A message could not be sent to Telegram; the alert stands in the journal.",
        "do what the text says; the next alert is tried again",
    ),
}  # fmt: skip

NEWS: Final = frozenset(code for code, told in CODES.items() if told.is_news)
"""Told at once, whatever their level."""


def advice_of(code: str) -> str:
    """Return what the operator is advised to do, empty when there is nothing to do or the code is not listed."""
    known = CODES.get(code)
    return "" if known is None else known.advice
