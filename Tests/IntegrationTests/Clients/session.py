"""A client of python-socketio that also keeps what it needs to come back: its pid and the place of its last event."""

import asyncio

import socketio


class Client(socketio.AsyncClient):
    """The library shows no program what came with CONNECT beside the sid."""

    opened = None

    async def _handle_connect(self, namespace, data):
        if self.opened:
            self.opened(data or {})
        await super()._handle_connect(namespace, data)


class Session:
    """One client. Its events, each as [name, arguments...], go to `heard`; it tries its ports by turns."""

    def __init__(self, ports, token, transports, heard=None, reconnects=False):
        self.ports, self.token, self.transports = ports, token, transports
        self.sid = self.pid = self.place = None
        self.events, self.openings, self.refusals = [], [], []
        self.ends = []
        self.heard = heard or self.events.append
        self.attempt = -1
        self.client = Client(
            reconnection=reconnects, reconnection_delay=0.2, reconnection_delay_max=1, randomization_factor=0.1,
            # One that does not come back by itself waits as long as the machine takes.
            request_timeout=5 if reconnects else 100,
        )
        self.client.opened = self._opened
        self.client.on("*", self._event)
        self.client.on("connect_error", self.refusals.append)
        self.client.on("disconnect", self.ends.append)

    async def connect(self, wait_s=100):
        await self.client.connect(
            self._url, auth=self._auth, transports=self.transports, wait_timeout=wait_s
        )

    @property
    def transport(self):
        return self.client.transport()

    def _url(self):
        self.attempt += 1
        return f"http://127.0.0.1:{self.ports[self.attempt % len(self.ports)]}"

    def _auth(self):
        auth = {"token": self.token} if self.token else {}
        if self.pid and self.place:
            auth |= {"pid": self.pid, "offset": self.place}
        return auth

    def _opened(self, data):
        self.openings.append({"sid": data.get("sid"), "recovered": self.pid is not None and data.get("pid") == self.pid})
        self.sid, self.pid = data.get("sid"), data.get("pid")

    def _event(self, name, *arguments):
        # As in the library for browsers: a last argument that is a text is the event's place.
        if self.pid and arguments and isinstance(arguments[-1], str):
            self.place = arguments[-1]
        self.heard([name, *arguments])

    async def end(self):
        """Goes without a word, as a program that is killed; its session stays to be taken up again."""
        self.client.reconnection = False
        if self.client.eio.state == "connected":
            await self.client.eio.disconnect(abort=True)
        await asyncio.sleep(0)
