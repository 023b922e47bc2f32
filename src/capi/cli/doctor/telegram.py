"""Check of Telegram: is the token a bot's, and does the bot reach its chats? Sends a message only when asked to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from capi.cli.doctor.finding import Finding, green, yellow
from capi.cli.doctor.visit import Visit

if TYPE_CHECKING:
    from capi.adapters.telegram.client import Answer, TelegramClient

MESSAGE = "[INFO] [capi doctor] a test: alerts of capi reach this chat"


def telegram(visit: Visit, *, send_test: bool) -> Finding:
    """Would an alert arrive?"""
    from capi.adapters.telegram.client import Refused, Sent, TelegramClient, Throttled, Unreachable

    told, chats = visit.settings.telegram, visit.settings.telegram.chat_ids
    if told.token is None and not chats:
        return green("off: no token and no chat is set, so nobody is told of a CRITICAL alert")
    if told.token is None:
        return yellow("telegram.chat_ids without a token: nobody is told", "set CAPI_TELEGRAM__TOKEN")
    if not chats:
        return yellow("a token without telegram.chat_ids: nobody is told", "set telegram.chat_ids")
    with TelegramClient(told.token.get_secret_value()) as client:
        for answer in _answers(client, chats, send_test=send_test):
            match answer:
                case Refused(why=why):
                    return yellow(
                        f"alerts do not arrive: {why}", "set token and chats anew, then capi doctor --send-test"
                    )
                case Throttled(why=why) | Unreachable(why=why):
                    return yellow(f"not known: {why}", "see to the network, and check again")
                case Sent():
                    pass
    return green(f"the bot reaches {len(chats)} {'chat' if len(chats) == 1 else 'chats'}" + _sent(send_test=send_test))


def _answers(client: "TelegramClient", chats: tuple[str, ...], *, send_test: bool) -> Iterator["Answer"]:
    yield client.check_token()
    for chat in chats:
        yield client.post(chat, MESSAGE) if send_test else client.check_chat(chat)


def _sent(*, send_test: bool) -> str:
    return "; a test message was sent to each" if send_test else "; nothing was sent (--send-test sends a message)"
