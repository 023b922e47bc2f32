"""The control endpoint: what only a test may do. JSON in, JSON out, without a key; off unless asked for.

`GET /control` lists it all. It is bound to loopback, as the whole server is.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from capi.cli.serve import account_changes
from capi.cli.serve import control_bodies as bodies
from capi.cli.serve import order_shapes as shapes
from capi.cli.serve.errors import WireError
from capi.cli.serve.faults import Fault
from capi.cli.serve.limits import Limits, Meter
from capi.cli.serve.order_requests import new_algo_order, new_order
from capi.cli.serve.params import Params
from capi.cli.serve.rest import Rest
from capi.cli.serve.streams import Streams
from capi.cli.serve.venue import Venue
from capi.core.units import text
from capi.core.value import record
from capi.ports.market import Quote

Told = dict[str, Any]


class ControlError(Exception):
    """A control request that makes no sense now. The message says why."""


@record
class Route:
    """One thing to ask for: what is sent, and who answers."""

    method: str
    name: str
    body: type[BaseModel]
    handler: Callable[[Any], Told]


class Control:
    """Everything that a test may ask of one served exchange."""

    def __init__(self, venue: Venue, rest: Rest, streams: Streams) -> None:
        self.venue, self.rest, self.streams = venue, rest, streams
        self.routes = (
            Route("POST", "price", bodies.Price, self.price),
            Route("DELETE", "price", bodies.Nothing, self.free_price),
            Route("POST", "advance", bodies.Advance, self.advance),
            Route("POST", "fault", bodies.Fault, self.fault),
            Route("DELETE", "fault", bodies.Nothing, self.no_faults),
            Route("POST", "lag", bodies.Lag, self.lag),
            Route("POST", "away", bodies.Away, self.away),
            Route("POST", "limits", bodies.Limits, self.limits),
            Route("POST", "streams", bodies.Streams, self.stream),
            Route("POST", "listen_key", bodies.Nothing, self.listen_key),
            Route("POST", "order", bodies.Order, self.order),
            Route("DELETE", "order", bodies.Cancel, self.cancel),
            Route("POST", "close", bodies.Nothing, self.close),
            Route("POST", "account", bodies.Account, self.account),
            Route("GET", "requests", bodies.Nothing, self.requests),
        )

    def add_to(self, app: web.Application) -> None:
        """Register the routes."""
        app.router.add_get("/control", self._overview)
        for route in self.routes:
            app.router.add_route(route.method, f"/control/{route.name}", _answering(route))

    def price(self, body: bodies.Price) -> Told:
        """Move the market, and keep it there."""
        bid = body.bid or body.price or self.venue.state.market.bid
        tick = self.venue.instrument.tick_size
        ask = body.ask or bid + tick
        if bid % tick or ask % tick:
            raise ControlError(f"bid and ask have to be multiples of the tick, {text(tick)}")
        self.venue.pinned = Quote(0, bid, ask, body.bid_qty, body.ask_qty, body.mark, body.last)
        self.venue.quote(self.venue.pinned)
        return {"bid": text(bid), "ask": text(ask)}

    def free_price(self, body: bodies.Nothing) -> Told:
        """Let the market go on as its source has it."""
        self.venue.pinned = None
        return {}

    def advance(self, body: bodies.Advance) -> Told:
        """Move the clock ahead."""
        self.venue.clock.move_ahead(int(body.seconds * 1_000))
        return {"now": self.venue.step()}

    def fault(self, body: bodies.Fault) -> Told:
        """Let a fault wait."""
        self.rest.faults.add(Fault(**body.model_dump()))
        return {"waiting": len(self.rest.faults.waiting)}

    def no_faults(self, body: bodies.Nothing) -> Told:
        """Forget the faults."""
        self.rest.faults.clear()
        return {"waiting": 0}

    def lag(self, body: bodies.Lag) -> Told:
        """Let reads show changes late."""
        self.venue.lag.position_ms, self.venue.lag.orders_ms = body.position_ms, body.orders_ms
        return body.model_dump()

    def away(self, body: bodies.Away) -> Told:
        """Put the exchange far away: every message takes so long, each way."""
        self.rest.away_seconds = self.streams.away.seconds = body.ms / 1_000
        return body.model_dump()

    def limits(self, body: bodies.Limits) -> Told:
        """Set other limits, and count anew."""
        self.venue.meter = Meter(Limits(**body.model_dump()))
        return body.model_dump()

    def stream(self, body: bodies.Streams) -> Told:
        """Let streams suffer."""
        match body.action:
            case "drop":
                return {"connections": self.streams.drop(body.route)}
            case "silence" | "speak":
                return {"connections": self.streams.silence(body.route, silent=body.action == "silence")}
            case "repeat":
                self.streams.repeats = body.times
                return {"times": body.times}
            case "reorder" | "order":
                self.streams.reorders = body.action == "reorder"
                self.streams.release()
                return {}

    def listen_key(self, body: bodies.Nothing) -> Told:
        """Let the listen key expire."""
        self.venue.expire_listen_key()
        return {}

    def order(self, body: bodies.Order) -> Told:
        """Place an order by hand: REST's names, an id as the app makes them, no delay."""
        sent = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in body.model_dump().items()
        }
        algo = "triggerPrice" in sent
        own = {"clientAlgoId" if algo else "newClientOrderId": f"web_{secrets.token_urlsafe(12)}"}
        kind = {"algoType": "CONDITIONAL"} if algo else {}
        params = Params({"symbol": self.venue.instrument.symbol} | own | kind | sent)
        new, extras = (new_algo_order if algo else new_order)(self.venue, params)
        record = self.venue.place(new, extras, by_hand=True)
        return (shapes.algo_placed if algo else shapes.placed)(self.venue, record)

    def cancel(self, body: bodies.Cancel) -> Told:
        """Cancel an order by hand."""
        found = self.venue.records.find(body.kind, client_id=body.client_order_id)
        record = self.venue.cancel(body.kind, found)
        return {"client_order_id": record.order.client_order_id, "status": record.order.status}

    def close(self, body: bodies.Nothing) -> Told:
        """Close the position by hand."""
        account = self.venue.account
        if account.exit_side is None:
            raise ControlError("there is no position to close")
        order = {"side": account.exit_side, "type": "MARKET", "quantity": text(abs(account.qty)), "reduceOnly": True}
        return self.order(bodies.Order.model_validate(order))

    def account(self, body: bodies.Account) -> Told:
        """Change the account's settings by hand."""
        venue = self.venue
        if body.hedge is not None:
            venue.modes.hedge = body.hedge
        if body.multi_assets is not None:
            account_changes.set_multi_assets(venue, body.multi_assets)
        if body.leverage is not None:
            account_changes.set_leverage(venue, body.leverage)
        if body.margin_mode is not None:
            account_changes.set_margin_mode(venue, body.margin_mode)
        if body.transfer is not None:
            account_changes.transfer(venue, body.transfer)
        return {"wallet": text(venue.account.wallet), "leverage": venue.account.leverage}

    def requests(self, body: bodies.Nothing) -> Told:
        """Return what was sent."""
        return {"requests": list(self.rest.seen)}

    async def _overview(self, request: web.Request) -> web.Response:
        listed = {
            f"{route.method} /control/{route.name}": {
                "does": (route.handler.__doc__ or "").strip(),
                "takes": list(route.body.model_fields),
            }
            for route in self.routes
        }
        return web.json_response(listed)


def _answering(route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(route.handler(route.body.model_validate_json(await request.read() or b"{}")))
        except WireError as error:
            return web.json_response(error.body, status=error.status)
        except ValidationError as error:
            return _refused(request, "; ".join(_sentence(it["loc"], it["msg"]) for it in error.errors()))
        except ControlError as error:
            return _refused(request, str(error))

    return answer


def _sentence(where: tuple[int | str, ...], what: str) -> str:
    return f"{'.'.join(map(str, where))}: {what}" if where else what


def _refused(request: web.Request, why: str) -> web.Response:
    return web.json_response({"error": f"{request.method} {request.path}: {why}"}, status=400)
