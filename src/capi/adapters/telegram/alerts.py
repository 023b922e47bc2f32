"""`ports.alerts.Alerts` over Telegram: which alerts are sent, and what is known of each."""

from collections.abc import Callable
from typing import Final

from capi.adapters.telegram.outbox import LEVELS, Outbox, Told
from capi.adapters.telegram.sender import TelegramSender
from capi.core.actions import Level
from capi.core.alert_codes import NEWS
from capi.ports.alerts import Context

FAILED: Final = "telegram_failed"
"""The code of what ails Telegram itself: everybody hears of it but Telegram."""
NEWS_LEVEL_MAX: Final[Level] = "WARNING"
"""With a higher `telegram.level_min` there are no news either."""

ContextOf = Callable[[str, str], Context]
"""Returns what an alert is about, from its code and its sentence. Called where the alert is raised."""


class TelegramAlerts:
    """Hands on what has at least a level, and news. Never blocks, never raises."""

    def __init__(self, token: str, chat_ids: tuple[str, ...], level_min: Level, digest_seconds: float) -> None:
        self._level_min: Final = level_min
        self.sender: Final = TelegramSender(token, chat_ids, Outbox(digest_seconds, NEWS))
        self.context_of: ContextOf = _nothing_known

    def send(self, level: Level, code: str, message: str, at_ms: int) -> None:
        """Hand over one alert."""
        if self.wants(level, code):
            about = self.context_of(code, message)
            self.sender.take(Told(level=level, code=code, text=message, at_ms=at_ms, context=about))

    def send_late(self, level: Level, code: str, message: str, at_ms: int, context: Context) -> None:
        """Hand over one that an earlier run could not send."""
        self.sender.take(Told(level=level, code=code, text=message, at_ms=at_ms, context=context, is_late=True))

    def wants(self, level: Level, code: str) -> bool:
        """Return whether such an alert goes to Telegram."""
        if code == FAILED:
            return False
        is_news = code in NEWS and LEVELS.index(self._level_min) <= LEVELS.index(NEWS_LEVEL_MAX)
        return is_news or LEVELS.index(level) >= LEVELS.index(self._level_min)


def _nothing_known(code: str, message: str) -> Context:
    return Context(source="capi", symbol="")
