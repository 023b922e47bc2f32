"""What follows from a decision, an instrument and the configuration alone: derived once for them, not in every pass.

The same three objects come pass after pass, so `terms_of` remembers what it returned for the last ones. That makes no
plan depend on an earlier one: the answer is a function of three frozen values, held (so that no other object can take
their place) and told apart by identity; forgetting it would only cost time.
"""

from decimal import Decimal, localcontext
from typing import Final

from capi.core.account import Instrument
from capi.core.config import Config
from capi.core.decision import Decision, Proposal, Unusable
from capi.core.entry_levels import EntryLevels, entry_levels
from capi.core.units import EXACT, ONE, text
from capi.core.value import value

FUTURE_MS_MAX: Final = 5000
"""A decision may be this far ahead of the exchange's clock (design: `future`, > 5 s)."""


@value
class EntryTerms:
    """A proposal's entry: prices in USDT, the rest as named."""

    levels: EntryLevels
    leverage: int  # to be set: the decision's, not above the cap
    leverage_wished: Decimal
    mid_max: Decimal | None  # the middle of the book that is as far above the zone as it may be; None: no bound
    mid_min: Decimal  # as far below it
    lowest_price: Decimal  # of entry, stop and TP1: where the notional is smallest
    margin_share: Decimal  # of the notional, taker fee included
    kept_back: Decimal  # maintenance margin per base unit
    isolated_bears: Decimal  # the loss per base unit that isolated margin bears
    loss_to_bear: Decimal  # per base unit, for the stop to lie protection.liquidation_buffer inside liquidation


@value
class Terms:
    """Of one decision: when it counts, what it asks for, and the gates that it closes by itself (their sentences)."""

    stale_at_ms: int | None  # the first instant at which it is too old; None: it has no time
    valid_from_ms: int | None  # before it the decision is from the future
    chase_after_ms: int
    volatility: Decimal | None  # its own, a fraction of the price
    atr: Decimal | None  # its own, in USDT, where it brings no volatility
    entry: EntryTerms | None  # None: it proposes none
    unusable: str | None  # no readable decision for this symbol, or its prices are one on the symbol's tick
    flat: str | None  # it proposes no entry
    session: str | None  # restricted, or sessions are restricted and it names none
    risk_check: str | None  # one of the writer's own checks that count here is false


def terms_of(decision: Decision | Unusable, instrument: Instrument, config: Config) -> Terms:
    """Return `derive_terms`, remembered for the last arguments."""
    global _last
    known = _last
    if known is not None and known[0] is decision and known[1] is instrument and known[2] is config:
        return known[3]
    with localcontext(EXACT):  # whatever the caller's: what is remembered is the same for every later one
        terms = derive_terms(decision, instrument, config)
    _last = (decision, instrument, config, terms)
    return terms


_last: tuple[Decision | Unusable, Instrument, Config, Terms] | None = None


def derive_terms(decision: Decision | Unusable, instrument: Instrument, config: Config) -> Terms:
    """Return the terms of a decision."""
    chase_after_ms = int(config.chase.after_seconds * 1000)
    if isinstance(decision, Unusable):
        return Terms(
            stale_at_ms=None,
            valid_from_ms=None,
            chase_after_ms=chase_after_ms,
            volatility=None,
            atr=None,
            entry=None,
            unusable=decision.reason,
            flat=None,
            session=None,
            risk_check=None,
        )
    entry = None if decision.proposal is None else _entry_terms(decision.proposal, instrument, config)
    return Terms(
        stale_at_ms=decision.timestamp_ms + int(config.decision_age_seconds_max * 1000) + 1,
        valid_from_ms=decision.timestamp_ms - FUTURE_MS_MAX,
        chase_after_ms=chase_after_ms,
        volatility=decision.volatility,
        atr=decision.atr if decision.volatility is None else None,
        entry=entry,
        unusable=None if entry is None else _out_of_order(entry.levels, instrument),
        flat="the decision is flat: it proposes no entry" if entry is None else None,
        session=_restricted(decision.session, config.entry.restricted_sessions),
        risk_check=_failed_checks(decision, config.entry.risk_checks),
    )


def _entry_terms(proposal: Proposal, instrument: Instrument, config: Config) -> EntryTerms:
    levels = entry_levels(proposal, instrument, config.targets)
    leverage = min(int(proposal.leverage), config.risk.leverage_max)  # int() rounds down
    farthest, kept_back = config.entry.distance_max, instrument.maintenance_margin * levels.price
    return EntryTerms(
        levels=levels,
        leverage=leverage,
        leverage_wished=proposal.leverage,
        mid_max=proposal.zone_max / (ONE - farthest) if farthest < 1 else None,
        mid_min=proposal.zone_min / (ONE + farthest),
        lowest_price=min(levels.price, levels.sl, levels.tp1),
        margin_share=ONE / leverage + instrument.taker_fee,
        kept_back=kept_back,
        isolated_bears=levels.price / leverage,
        loss_to_bear=_loss_to_bear(levels, config.protection.liquidation_buffer, kept_back),
    )


def _loss_to_bear(levels: EntryLevels, buffer: Decimal, kept_back: Decimal) -> Decimal:
    """Return the loss per base unit that the margin must bear for the stop to lie the buffer inside liquidation.

    Isolated margin bears its own, cross margin the whole equity; maintenance margin is kept back.
    """
    if levels.direction == "long":
        return levels.price - levels.sl / (ONE + buffer) + kept_back
    if buffer >= 1:
        return levels.price * 2  # no stop lies that far inside
    return levels.sl / (ONE - buffer) - levels.price + kept_back


def _out_of_order(levels: EntryLevels, instrument: Instrument) -> str | None:
    low, high = (levels.sl, levels.tp1) if levels.direction == "long" else (levels.tp1, levels.sl)
    if low < levels.price < high:
        return None
    prices = f"stop {text(levels.sl)}, entry {text(levels.price)}, tp1 {text(levels.tp1)}"
    return f"on the tick of {text(instrument.tick_size)} the prices are out of order: {prices}"


def _restricted(session: str | None, restricted: tuple[str, ...]) -> str | None:
    if not restricted:
        return None
    if session is None:
        return f"sessions are restricted ({', '.join(restricted)}) and the decision names none"
    if session.casefold() in (other.casefold() for other in restricted):
        return f"session {session} is restricted"
    return None


def _failed_checks(decision: Decision, counting: tuple[str, ...]) -> str | None:
    false = [name for name, passed in decision.risk_checks if not passed and name in counting]
    return f"the decision's own check is false: {', '.join(false)}" if false else None
