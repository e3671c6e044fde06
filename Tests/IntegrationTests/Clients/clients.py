"""Live clients for the tests, told by JSON lines on 127.0.0.1:PORT what to do: each gets one line as its answer.

usage: python clients.py PORT
"""

import asyncio
import json
import sys

from proxy import Proxy
from session import Session
from watchers import Plain, SocketIO, Stream

LINE_LIMIT_BYTES = 64 << 20
clients, proxies = {}, {}


async def connect(name, ports, token=None, transports=None, **keeps):
    """A Socket.IO client; `pid` and `offset` are those of another that it is to go on for."""
    session = clients[name] = Session(ports, token, transports)
    session.pid, session.place = keeps.get("pid"), keeps.get("offset")
    try:
        await session.connect()
    except Exception as error:
        return {"refused": str(error), "reasons": session.refusals}
    return {"transport": session.transport, "pid": session.pid, **session.openings[-1]}


async def take(name, count, within_ms=10_000):
    """The next so many events, fewer if no more come in time."""
    session = clients[name]
    for _ in range(within_ms // 10):
        if len(session.events) >= count:
            break
        await asyncio.sleep(0.01)
    taken, session.events[:] = session.events[:count], session.events[count:]
    return {"events": taken, "place": session.place}


async def call(name, event, argument=None, binary=None):
    """Emits and waits for the ack; `binary` is hex, and goes as an attachment in the argument's `blob`."""
    if binary is not None:
        argument = (argument or {}) | {"blob": bytes.fromhex(binary)}
    return {"ack": await clients[name].client.call(event, argument, timeout=100)}


async def emit(name, event, argument=None):
    await clients[name].client.emit(event, argument)
    return {}


async def end(name):
    await clients[name].end()
    return {"place": getattr(clients[name], "place", None)}


async def state(name):
    session = clients[name]
    return {
        "connected": session.client.connected, "transport": session.transport if session.client.connected else None,
        "ends": session.ends, "openings": session.openings,
    }


async def renew(name, token):
    """The token of the next visits."""
    client = clients[name]
    client.token = token
    return {}


async def watch(name, kind, ports, api, token, narrow=None):
    makers = {
        "plain": lambda: Plain(ports, api, token, narrow),
        "sse": lambda: Stream(ports, api, token, narrow),
        "socketio": lambda: SocketIO(ports, api, token, ["websocket"], narrow),
        "polling": lambda: SocketIO(ports, api, token, ["polling"], narrow),
        "upgraded": lambda: SocketIO(ports, api, token, None, narrow),
    }
    clients[name] = makers[kind]()
    clients[name].start()
    return {}


async def log(name, has_data=False):
    """What a client that keeps up has learnt; without the events' data, which are large, unless they are asked for."""
    watcher = clients[name]
    entries = watcher.log if has_data else [{**entry, "data": None} for entry in watcher.log]
    return {
        "log": entries, "connects": watcher.connects, "recoveries": watcher.recoveries,
        "ends": [str(end) for end in watcher.ends],
    }


async def proxy(name, target):
    proxies[name] = Proxy(target)
    return {"port": await proxies[name].start()}


async def outage(name, stall_s, gone_s):
    await proxies[name].outage(stall_s, gone_s)
    return {}


async def farewell(prefix):
    """Ends all clients of one test."""
    for name in [name for name in clients if name.startswith(prefix)]:
        await clients.pop(name).end()
    return {}


commands = {
    command.__name__: command
    for command in (connect, take, call, emit, end, state, renew, watch, log, proxy, outage, farewell)
}


async def obey(reader, writer):
    while line := await reader.readline():
        words = json.loads(line)
        try:
            answer = await commands[words.pop("do")](**words)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        # Bytes stand as hex.
        writer.write(json.dumps(answer, default=lambda value: value.hex()).encode() + b"\n")
        await writer.drain()


async def serve(port):
    server = await asyncio.start_server(obey, "127.0.0.1", port, limit=LINE_LIMIT_BYTES)
    async with server:
        await server.serve_forever()


asyncio.run(serve(int(sys.argv[1])))
