"""Clients of each protocol that keep up with a tenant's orders whatever happens, and write down what they learn.

A log has entries of three kinds: {"event": type, "id", "offset", "data"} as it came; {"resync": reason}; and
{"loaded": {orderId: version}}. What comes while the orders are loaded stands after them.
"""

import asyncio
import json

import aiohttp

from session import Session

RETRY_S = 0.2
LOAD_TRIES = 40


class Watcher:
    """`narrow` is the one order to follow; without it all of the tenant's."""

    def __init__(self, ports, api, token, narrow=None):
        self.ports, self.api, self.token, self.narrow = ports, api, token, narrow
        self.place = None
        self.log, self.held = [], None
        self.connects = self.recoveries = 0
        self.ends = []

    def start(self):
        self.task = asyncio.create_task(self.run())

    async def end(self):
        self.task.cancel()

    async def run(self):
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"}) as http:
            for attempt in range(10_000):
                try:
                    await self.visit(http, self.ports[attempt % len(self.ports)])
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:
                    self.ends.append(type(error).__name__)
                await asyncio.sleep(RETRY_S)

    def event(self, name, identity, offset, data):
        if offset:
            self.place = offset
        self.note({"event": name, "id": identity, "offset": offset, "data": data})

    def resync(self, reason, offset):
        self.place = offset or self.place
        self.note({"resync": reason})
        self.begin_load()

    def note(self, entry):
        (self.log if self.held is None else self.held).append(entry)

    def begin_load(self):
        if self.held is None:
            self.held = []
            self.loading = asyncio.create_task(self.load())

    async def load(self):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for _ in range(LOAD_TRIES):
                try:
                    self.log += [{"loaded": await self.versions(http)}] + self.held
                    self.held = None
                    return
                except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
                    await asyncio.sleep(RETRY_S)

    async def versions(self, http):
        versions, cursor = {}, ""
        while True:
            async with http.get(f"{self.api}/api/orders", params={"limit": 100} | cursor_of(cursor)) as answer:
                answer.raise_for_status()
                page = await answer.json()
            versions |= {order["id"]: order["version"] for order in page["orders"]}
            cursor = page["pagination"].get("nextCursor")
            if not cursor:
                return versions


def cursor_of(text):
    return {"cursor": text} if text else {}


class Plain(Watcher):
    async def visit(self, http, port):
        async with http.ws_connect(f"http://127.0.0.1:{port}/ws") as socket:
            self.connects += 1
            if self.narrow:
                ask = {"type": "subscribe:order", "orderId": self.narrow}
            else:
                ask = {"type": "recover" if self.place else "subscribe:orders"}
            await socket.send_json(ask | ({"offset": self.place} if self.place else {}))
            async for message in socket:
                self.take(json.loads(message.data))
            self.ends.append(socket.close_code)

    def take(self, message):
        kind = message["type"]
        if kind == "subscribed":
            self.place = message.get("offset")
            self.begin_load()
        elif kind == "recovered":
            self.recoveries += 1
        elif kind == "resync":
            self.resync(message["reason"], message.get("offset"))
        elif "id" in message:
            self.event(kind, message["id"], message["offset"], message["data"])
        elif kind != "hub:ready":
            self.note({"other": message})


class GivesUp(Exception):
    """What a browser's EventSource does not ask again after."""


class Stream(Watcher):
    """As a browser's EventSource (WHATWG HTML, 9.2.3): it comes back after a stream that ends and after a connection that
    fails, but never after an answer other than 200 with a stream in it."""

    async def visit(self, http, port):
        headers = {"Last-Event-ID": self.place} if self.place else {}
        query = {"orderId": self.narrow} if self.narrow else {}
        limits = aiohttp.ClientTimeout(total=None, sock_connect=5)
        self.had_place = self.place is not None
        async with http.get(
            f"http://127.0.0.1:{port}/events", headers=headers, params=query, timeout=limits
        ) as answer:
            if answer.status != 200 or answer.content_type != "text/event-stream":
                self.ends.append(f"gave up after {answer.status}")
                raise GivesUp
            fields = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                else:
                    self.take(fields)
                    fields = {}
        self.ends.append("end")

    def take(self, fields):
        kind, offset = fields.get("event"), fields.get("id")
        if kind is None:
            return
        message = json.loads(fields["data"])
        if kind == "hub:ready":
            self.connects += 1
            self.place = offset or self.place
            if self.had_place:
                self.recoveries += 1
            else:
                self.begin_load()
        elif kind == "resync":
            self.resync(message["reason"], offset)
        elif "id" in message:
            self.event(kind, message["id"], offset, message["data"])
        elif kind == "hub:closing":
            self.ends.append(message["code"])
        else:
            self.note({"other": message})


class SocketIO(Watcher):
    """Its events have no id: a test knows them by their places."""

    def __init__(self, ports, api, token, transports, narrow=None):
        super().__init__(ports, api, token, narrow)
        self.session = Session(ports, token, transports, heard=self.take, reconnects=True)

    async def run(self):
        for _ in range(10_000):
            try:
                return await self.session.connect()
            except Exception as error:
                self.ends.append(str(error))
                await asyncio.sleep(RETRY_S)

    async def end(self):
        await self.session.client.shutdown()

    def take(self, event):
        name, *arguments = event
        self.connects = len(self.session.openings)
        self.recoveries = sum(opening["recovered"] for opening in self.session.openings)
        if name == "hub:ready":
            self.begin_load()
        elif name == "resync":
            self.resync(arguments[0]["reason"], None)
        else:
            self.event(name, None, arguments[-1], arguments[0])
