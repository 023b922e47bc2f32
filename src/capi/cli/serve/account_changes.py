"""What changes the account beside its orders, and is told to whoever listens: settings, and money paid in or out."""

from decimal import Decimal

from capi.adapters.paper import settings
from capi.cli.serve import events
from capi.cli.serve.errors import WireError, refused
from capi.cli.serve.venue import Venue
from capi.core.account import MarginMode


def set_leverage(venue: Venue, leverage: int) -> None:
    """Set the leverage. Raises WireError."""
    if rejected := settings.set_leverage(venue.state, leverage):
        raise refused(rejected)
    venue.publish(events.leverage_changed(venue, leverage))


def set_margin_mode(venue: Venue, mode: MarginMode) -> None:
    """Set the margin mode. Raises WireError."""
    if mode == "isolated" and venue.modes.multi_assets:
        raise WireError(-4168, "Unable to adjust to isolated-margin mode under the Multi-Assets mode.")
    if rejected := settings.set_margin_mode(venue.state, mode):
        raise refused(rejected)
    venue.publish(events.account_update(venue, "MARGIN_TYPE_CHANGE"))


def set_multi_assets(venue: Venue, on: bool) -> None:
    """Set the assets mode."""
    venue.modes.multi_assets = on
    venue.publish(events.multi_assets_changed(venue, on))


def transfer(venue: Venue, amount: Decimal) -> None:
    """Pay in, or out when negative, in USDT."""
    venue.account.wallet += amount
    venue.account.version += 1
    venue.postings.add("TRANSFER", amount, venue.now_ms())
    venue.publish(events.account_update(venue, "DEPOSIT" if amount > 0 else "WITHDRAW", amount))
