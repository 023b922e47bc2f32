"""`kill -9` of a real `capi run` at a request of each step of a trade, as it arrives and once it is carried out."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from capi.cli.serve.limits import Limits, Meter
from capi.cli.serve.records import Record
from capi.cli.serve.venue import Venue
from tests.live.processes import engine, read_until
from tests.live.stage import Setting, position, resting
from tests.serve.served import Served, served

D = Decimal
When = Literal["before", "after"]
SECONDS_MAX = 60.0


class KillingVenue(Venue):
    """An exchange that kills whoever places an order of a role; the order is carried out all the same, or not."""

    role: str | None = None
    when: When = "before"
    victim: "subprocess.Popen[str]"
    killed: threading.Event

    def place(self, new: Any, extras: Any, *, by_hand: bool = False) -> Record:
        """Place an order, and kill who sent it when its role is the one."""
        if self.role is None or f"_{self.role}_" not in new.client_order_id:
            return super().place(new, extras, by_hand=by_hand)
        when, self.role = self.when, None
        try:
            if when == "before":
                self._kill()
                raise ConnectionResetError(f"{new.client_order_id} was never carried out: who sent it is gone")
            return super().place(new, extras, by_hand=by_hand)
        finally:
            self._kill()

    def _kill(self) -> None:
        self.victim.kill()
        self.killed.set()


@contextmanager
def killing(venue: Served) -> Iterator[Served]:
    """Let a served exchange kill."""
    venue.inside(_kills)
    yield venue


def _kills(inside: Venue) -> None:
    inside.__class__ = KillingVenue


def killed_at(venue: Served, user: Setting, role: str, when: When, *, after: str = "", price: str = "") -> None:
    """Run an engine until it places an order of a role, and is killed for it.

    `after`: what it has to have said before the price moves, and the order is awaited.
    """
    forget_weight(venue)
    with engine(user) as process:
        if after:
            read_until(process, after)
        killed = threading.Event()

        def arm(inside: Venue) -> None:
            assert isinstance(inside, KillingVenue)
            inside.role, inside.when, inside.victim, inside.killed = role, when, process, killed

        venue.inside(arm)
        if price:
            move(venue, price)
        if not killed.wait(SECONDS_MAX):
            process.kill()
            raise AssertionError(f"no {role} was placed: {process.stderr.read() if process.stderr else ''}")
        assert process.wait(SECONDS_MAX) == -9


def forget_weight(venue: Served) -> None:
    """A start each second, and ten looks a second, are no user's day: what they weigh is told elsewhere."""

    def forget(inside: Venue) -> None:
        inside.meter = Meter(Limits())

    venue.inside(forget)


def move(venue: Served, price: str) -> None:
    """Move the market: a tick between bid and ask."""
    venue.price(price, str(D(price) + D("0.1")))


def names(venue: Served) -> set[str]:
    return set(resting(venue))


def test_a_trade_lives_through_a_kill_in_each_of_its_steps(tmp_path: Path) -> None:
    with served() as plain, killing(plain) as venue:
        user = Setting(venue, tmp_path / "user", {"protection": {"on_flat": "close"}})
        user.decide()

        killed_at(venue, user, "entry", "before")
        assert (names(venue), position(venue)) == (set(), D(0))
        killed_at(venue, user, "entry", "after")
        assert names(venue) == {"capi_entry_d1_2"}  # the first was never there: that was proven before this one

        killed_at(venue, user, "sl", "before", after="NO_POSITION", price="76890.0")  # just filled
        assert (names(venue), position(venue)) == (set(), D("0.013"))
        killed_at(venue, user, "sl", "after")
        assert names(venue) == {"capi_sl_d1"}
        killed_at(venue, user, "tp1", "after")
        assert names(venue) == {"capi_sl_d1", "capi_tp1_d1"}
        killed_at(venue, user, "tp2", "before")
        assert names(venue) == {"capi_sl_d1", "capi_tp1_d1"}

        forget_weight(venue)
        with engine(user) as process:  # guarded; and at the first target
            read_until(process, "capi_tp2_d1")
        killed_at(venue, user, "sl", "before", after="IN_POSITION", price="78210.0")
        assert "capi_tp1_d1" not in names(venue)
        assert position(venue) == D("0.007")
        killed_at(venue, user, "sl", "after")
        (ratchet,) = (name for name in names(venue) if name.startswith("capi_sl_d1_"))
        assert "capi_sl_d1" in names(venue), f"the backstop stays beside {ratchet}"

        user.decide("d2", action="flat")
        killed_at(venue, user, "exit", "before")
        assert position(venue) == D("0.007")
        killed_at(venue, user, "exit", "after")
        venue.control("POST", "advance", seconds=1)  # what was taken meets the market a moment later
        assert position(venue) == D(0)
        forget_weight(venue)
        with engine(user) as process:
            read_until(process, "close_trade")
            read_until(process, "NO_POSITION")

        assert (names(venue), position(venue)) == (set(), D(0))
        (closed,) = user.events("trade_closed")
        assert (closed["decision_id"], closed["qty"], closed["exit_reason"]) == ("d1", "0.013", "exit")
        bought = venue.inside(lambda inside: [fill.qty for fill in inside.state.history.fills if fill.side == "BUY"])
        assert sum(bought) == D("0.013")
        sent = user.sent_ids("entry")
        assert len(sent) == len(set(sent)) <= 2

        replayed = user.capi("replay")
        assert replayed.exit_code == 0, replayed.stdout
        assert "all as recorded" in replayed.stdout
