"""Writes what comes on the standard input to FILE, which only its owner may read.

usage: keep-log.py FILE LIMIT_BYTES KEPT

Where FILE has LIMIT_BYTES it becomes FILE.1 behind its next line, FILE.1 becomes FILE.2, and so on up to FILE.KEPT; what
was older goes. It ends when everybody has closed the other end, and not before: no line is lost at the end.
"""

import os
import signal
import sys

PART_BYTES = 65536


def begin(path, kept):
    """Moves what is there one on, and gives a new file."""
    for number in range(kept, 0, -1):
        older = path if number == 1 else f"{path}.{number - 1}"
        if os.path.exists(older):
            os.chmod(older, 0o600)
            os.replace(older, f"{path}.{number}")
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)


def write(target, data):
    try:
        while data:
            data = data[os.write(target, data) :]
    except OSError as error:
        # A full disk: whoever writes here must not stand still.
        print(f"a log cannot be written: {error}", file=sys.stderr)


def main(path, limit, kept):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.path.exists(path) and os.path.getsize(path) == 0:
        os.remove(path)
    target, size = begin(path, kept), 0
    while part := os.read(0, PART_BYTES):
        while part:
            # Files end with a line, unless one alone is longer than a part.
            end = len(part)
            if size >= limit:
                end = part.find(b"\n") + 1 or (len(part) if size < limit + PART_BYTES else 0)
            write(target, part[:end])
            size += end
            if size >= limit and (end == 0 or part[end - 1 : end] == b"\n"):
                os.close(target)
                target, size = begin(path, kept), 0
            part = part[end:]


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
