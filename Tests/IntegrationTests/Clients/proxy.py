"""A network between clients and a port of the hub that can stand still and break."""

import asyncio

CHUNK_BYTES = 65536


class Proxy:
    def __init__(self, target):
        self.target = target
        self.links = set()
        self.is_up = True
        self.flows = asyncio.Event()
        self.flows.set()

    async def start(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        if not self.is_up:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self.links |= {writer, far_writer}
        await asyncio.gather(self._relay(reader, far_writer), self._relay(far_reader, writer))
        self.links -= {writer, far_writer}

    async def _relay(self, reader, writer):
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                await self.flows.wait()
                writer.write(chunk)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def outage(self, stall_s, gone_s):
        """Nothing passes for a while; then all connections break, and no new one is taken for a while."""
        self.flows.clear()
        await asyncio.sleep(stall_s)
        self.is_up = False
        for writer in list(self.links):
            writer.transport.abort()
        self.flows.set()
        await asyncio.sleep(gone_s)
        self.is_up = True
