"""From an HTTP request to an answer: limits, faults, key, signature, time, handler; in that order, as Binance does."""

import asyncio
import inspect
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from capi.cli.serve.endpoints import ENDPOINTS, Endpoint
from capi.cli.serve.errors import Json, WireError
from capi.cli.serve.faults import PAGE, Fault, Faults, answer_of
from capi.cli.serve.params import Params
from capi.cli.serve.security import Credentials, authorise, check_time
from capi.cli.serve.venue import Venue

NOT_FOUND: Final = (
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n"
    "</body>\r\n</html>\r\n"
)
REQUESTS_KEPT: Final = 2_000
_TEXTS_503: Final = {
    "unknown_503": "Unknown error, please check your request or try again later.",
    "unavailable_503": "Service Unavailable.",
    "internal_503": "Internal error; unable to process your request. Please try again.",
}


@dataclass(slots=True)
class Rest:
    """Answers the REST requests of one exchange. `seen`: the latest requests, for tests that look at what was sent."""

    venue: Venue
    credentials: Credentials
    faults: Faults = field(default_factory=Faults)
    away_seconds: float = 0.0  # how long a message takes each way, when a test puts the exchange far away
    seen: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request under /fapi."""
        if not self.away_seconds:
            return await self._handle(request)
        await asyncio.sleep(self.away_seconds)
        response = await self._handle(request)
        await asyncio.sleep(self.away_seconds)
        return response

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        query = request.raw_path.partition("?")[2]  # the exact bytes: they are signed
        body = (await request.read()).decode("utf-8", "replace")
        params = Params.parse(query, body)
        entry = self._note(request, params)
        endpoint = ENDPOINTS.get((request.method, request.path))
        if endpoint is None:
            entry["status"] = 404
            return web.Response(status=404, text=NOT_FOUND, content_type="text/html")
        now_ms = self.venue.step()
        fault = self.faults.on_request(request.method, request.path)
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.seconds)
            now_ms, fault = self.venue.step(), None
        if fault is None:
            response = await self._answer(endpoint, request, query, body, params)
        else:
            truth = await self._answer(endpoint, request, query, body, params) if fault.carries_out else None
            response = await self._bad_day(fault, request, truth)
        response.headers.update(self.venue.meter.headers(now_ms, orders=endpoint.orders != (0, 0)))
        entry["status"] = response.status
        return response

    async def _answer(
        self, endpoint: Endpoint, request: web.Request, query: str, body: str, params: Params
    ) -> web.Response:
        try:
            return _json(await self._carry_out(endpoint, request, query, body, params))
        except WireError as error:
            return _refusal(error)

    async def _carry_out(self, endpoint: Endpoint, request: web.Request, query: str, body: str, params: Params) -> Json:
        now_ms, meter = self.venue.now_ms(), self.venue.meter
        meter.use_weight(endpoint.cost(params), now_ms)
        authorise(endpoint.access, request.headers, query, body, params, self.credentials)
        if endpoint.access == "signed":
            check_time(params, now_ms)
        if endpoint.orders != (0, 0):
            meter.use_orders(*endpoint.orders, now_ms)
        answer = endpoint.handler(self.venue, params)
        return await answer if inspect.isawaitable(answer) else answer

    async def _bad_day(self, fault: Fault, request: web.Request, truth: web.Response | None) -> web.Response:
        """Return what is answered instead of the truth, which is None when nothing was carried out."""
        if fault.kind == "ban":
            self.venue.meter.ban(self.venue.now_ms(), int(fault.seconds * 1_000))
        refusal = answer_of(fault, self.venue.now_ms())
        if refusal is not None:
            return _refusal(refusal)
        match fault.kind:
            case "delay" if truth is not None:
                await asyncio.sleep(fault.seconds)
                return truth
            case "timeout":
                await asyncio.sleep(fault.seconds)
                return web.Response(status=504, text=PAGE, content_type="text/html")
            case "no_json":
                return web.Response(text=PAGE, content_type="text/html")
            case "half_json":
                return web.Response(text='{"orderId":22542179,"symb', content_type="application/json")
            case "bad_gateway":
                return web.Response(status=502, text=PAGE, content_type="text/html")
            case "waf":
                return web.Response(status=403, text=PAGE.replace("502 Bad Gateway", "403 Forbidden"))
            case "unknown_503" | "unavailable_503" | "internal_503":
                return web.json_response({"code": -1000, "msg": _TEXTS_503[fault.kind]}, status=503)
            case _:  # lost, dropped
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _note(self, request: web.Request, params: Params) -> dict[str, Any]:
        sent = {name: value for name, value in params.values.items() if name != "signature"}
        entry: dict[str, Any] = {"method": request.method, "path": request.path, "params": sent, "status": None}
        self.seen.append(entry)
        return entry


def _json(answer: Json) -> web.Response:
    return web.json_response(answer)


def _refusal(error: WireError) -> web.Response:
    headers = {} if error.retry_after_seconds is None else {"Retry-After": str(error.retry_after_seconds)}
    return web.json_response(error.body, status=error.status, headers=headers)
