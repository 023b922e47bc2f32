"""What `capi config check` says of a configuration that is fine: what was read, and what may surprise."""

from collections.abc import Iterator

from capi.settings.model import Settings
from capi.settings.values import printable


def summary(settings: Settings) -> Iterator[str]:
    """Yield the sentences. A secret is only said to be set or not."""
    yield f"Read: {', '.join(_sources(settings)) or 'nothing, so these are the defaults'}."
    decision_file = printable(str(settings.decision_file))
    yield f"{settings.symbol} on {settings.exchange.environment}, decisions from {decision_file}."
    yield from _notes(settings)
    yield "The configuration is fine."


def _sources(settings: Settings) -> Iterator[str]:
    """Yield how many keys each source set that is there."""
    for layer in settings.layers:
        if layer.source == "default":
            continue
        place = printable(layer.where) or f"the {layer.source}"
        count = len(layer.values)
        yield f"{place} ({count} {'key' if count == 1 else 'keys'})"


def _notes(settings: Settings) -> Iterator[str]:
    """Yield what works differently than one may expect, although nothing is wrong."""
    exchange, telegram = settings.exchange, settings.telegram
    if exchange.api_key is None or exchange.api_secret is None:
        missing = [name for name in ("API_KEY", "API_SECRET") if getattr(exchange, name.lower()) is None]
        names = " and ".join(f"CAPI_EXCHANGE__{name}" for name in missing)
        yield f"{names} not set: capi paper and capi plan need no keys, trading on Binance will."
    if telegram.token is None and telegram.chat_ids:
        yield "telegram.chat_ids without CAPI_TELEGRAM__TOKEN: no alert goes to Telegram."
    if telegram.token is not None and not telegram.chat_ids:
        yield "CAPI_TELEGRAM__TOKEN without telegram.chat_ids: no alert goes to Telegram."
    if (exchange.rest_url is None) != (exchange.stream_url is None):
        only, other = ("rest_url", "stream_url") if exchange.stream_url is None else ("stream_url", "rest_url")
        yield f"exchange.{only} without exchange.{other}: the other half still goes to {exchange.environment}."
