"""The websockets: market streams, user data, live SUBSCRIBE, and what a test lets them suffer.

Source: facts, sections 1.2 and 6. An address without a route, and a stream asked for on the wrong one, connect and stay
silent. Events wait in a queue of each connection, so a slow reader holds up nobody; one that is far behind is cut off.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from capi.cli.serve.market_feed import MarketFeed
from capi.cli.serve.stream_names import asked, belongs
from capi.cli.serve.venue import UserEvent, Venue

BEHIND_MAX: Final = 10_000
STREAMS_MAX: Final = 1_024
HEARTBEAT_SECONDS: Final = 180
GOODBYE_SECONDS: Final = 0.5


@dataclass
class Away:
    """How long a message takes to its reader, when a test puts the exchange far away."""

    seconds: float = 0.0


@dataclass(eq=False)
class Connection:
    """One websocket. `silent`: a test let it go quiet; it stays open."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    route: str | None
    wrapped: bool
    names: set[str]
    events: frozenset[str] | None
    away: "Away"
    queue: asyncio.Queue[tuple[float, str]] = field(default_factory=lambda: asyncio.Queue(BEHIND_MAX))
    silent: bool = False

    def hears(self, name: str) -> bool:
        """Return whether a stream is delivered here."""
        return not self.silent and name in self.names and belongs(name, self.route)

    def offer(self, name: str, payload: dict[str, Any]) -> None:
        """Queue an event."""
        self.say(json.dumps({"stream": name, "data": payload} if self.wrapped else payload))

    def say(self, text: str) -> None:
        """Queue a message. A reader who is too far behind is cut off."""
        try:
            self.queue.put_nowait((asyncio.get_running_loop().time() + self.away.seconds, text))
        except asyncio.QueueFull:
            self.cut()

    def cut(self) -> None:
        """End the connection as a failing network does."""
        if self.transport is not None:
            self.transport.abort()


class Streams:
    """All connections of one exchange."""

    def __init__(self, venue: Venue) -> None:
        """Listen to the exchange."""
        self.venue = venue
        self.connections: set[Connection] = set()
        self.repeats = 1  # how often each user event is sent: more than once when a test asks for it
        self.reorders = False  # whether two user events that follow each other change places
        self.away = Away()
        self._held: UserEvent | None = None
        self.market = MarketFeed(venue, self)
        venue.user_listeners.append(self._on_user_event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until either side ends it."""
        route = request.match_info.get("route")
        path = request.path.strip("/") if route is None else request.path.strip("/").removeprefix(f"{route}/")
        wanted = asked(path, request.query_string)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, timeout=GOODBYE_SECONDS)
        await socket.prepare(request)
        names = set(wanted.names)
        connection = Connection(socket, request.transport, route, wanted.wrapped, names, wanted.events, self.away)
        self.connections.add(connection)
        writer = asyncio.create_task(_write(connection))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    connection.say(_answer(connection, message.data))
        finally:
            self.connections.discard(connection)
            writer.cancel()
        return socket

    def silence(self, route: str | None, *, silent: bool) -> int:
        """Let a route's connections (None: all) go quiet, or speak again; return how many."""
        touched = [it for it in self.connections if route is None or it.route == route]
        for connection in touched:
            connection.silent = silent
        return len(touched)

    def drop(self, route: str | None) -> int:
        """Cut a route's connections off (None: all), as when the network fails; return how many."""
        touched = [it for it in self.connections if route is None or it.route == route]
        for connection in touched:
            connection.cut()
        return len(touched)

    async def close(self) -> None:
        """Say goodbye to everybody."""
        goodbyes = [
            connection.socket.close(code=WSCloseCode.GOING_AWAY, message=b"The exchange was stopped.")
            for connection in self.connections
        ]
        await asyncio.gather(*goodbyes)

    def names(self) -> set[str]:
        """Return every stream that somebody hears."""
        return {name for it in self.connections for name in it.names if it.hears(name)}

    def offer(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event to everybody who hears its stream."""
        for connection in self.connections:
            if connection.hears(name):
                connection.offer(name, payload)

    def release(self) -> None:
        """Send what was held back to change places."""
        held, self._held = self._held, None
        if held is not None:
            self._tell_user(held)

    def _on_user_event(self, event: UserEvent) -> None:
        if self.reorders and self._held is None:
            self._held = event
            return
        self._tell_user(event)
        self.release()

    def _tell_user(self, event: UserEvent) -> None:
        expired = event["e"] == "listenKeyExpired"
        for connection in self.connections:
            if not expired and connection.events is not None and event["e"] not in connection.events:
                continue
            for name in connection.names:
                named = event["listenKey"] == name if expired else self.venue.keys.alive(name)
                for _ in range(self.repeats if named and connection.hears(name) else 0):
                    connection.offer(name, event)


async def _write(connection: Connection) -> None:
    """Send what is queued until the connection ends."""
    while not connection.socket.closed:
        due, text = await connection.queue.get()
        wait = due - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)
        try:
            await connection.socket.send_str(text)
        except ConnectionError:
            return


def _answer(connection: Connection, text: str) -> str:
    """Return the answer to a message of the client: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS."""
    try:
        message = json.loads(text)
    except ValueError:
        return json.dumps({"error": {"code": 3, "msg": "Invalid JSON: expected value"}})
    if not isinstance(message, dict):
        return json.dumps({"error": {"code": 2, "msg": "Invalid request: request must be an object"}})
    request_id, names = message.get("id"), message.get("params", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return json.dumps({"error": {"code": 2, "msg": "Invalid request: params must be a list"}, "id": request_id})
    match message.get("method"):
        case "SUBSCRIBE" if len(connection.names) + len(names) <= STREAMS_MAX:
            connection.names.update(names)
        case "UNSUBSCRIBE":
            connection.names.difference_update(names)
        case "LIST_SUBSCRIPTIONS":
            return json.dumps({"result": sorted(connection.names), "id": request_id})
        case _:
            return json.dumps({"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": request_id})
    return json.dumps({"result": None, "id": request_id})
