"""Writes what comes on the standard input to FILE, which only its owner may read.

usage: keep-log.py FILE LIMIT_BYTES KEPT

Where FILE has LIMIT_BYTES it becomes FILE.1 behind its next line, FILE.1 becomes FILE.2, and so on up to FILE.KEPT; what
was older goes. It ends when everybody has closed the other end, and not before: no line is lost at the end.

Where it cannot write (a full disk, a folder that is not its own) it goes on reading, for whoever writes here must neither
stand still nor end; it tries again each second, and then says in the file how much is missing.
"""

import os
import signal
import sys
import time

PART_BYTES = 65536
AGAIN_S = 1


def say(text):
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        pass  # There is nobody left to tell.


class Keeper:
    def __init__(self, path, limit, kept):
        self.path, self.limit, self.kept = path, limit, kept
        self.target, self.size = None, 0
        self.is_at_line = True
        # How many bytes are lost since it could not write, and when it tries again.
        self.missing, self.again = 0, 0

    def begin(self):
        """Moves what is there one on, and opens a new file."""
        if self.target is not None:
            target, self.target = self.target, None
            os.close(target)
        if os.path.exists(self.path) and os.path.getsize(self.path) == 0:
            os.remove(self.path)
        for number in range(self.kept, 0, -1):
            older = self.path if number == 1 else f"{self.path}.{number - 1}"
            if os.path.exists(older):
                os.chmod(older, 0o600)
                os.replace(older, f"{self.path}.{number}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self.target, self.size, self.is_at_line = os.open(self.path, flags, 0o600), 0, True

    def write(self, data):
        """Writes it all, or counts what it cannot."""
        if self.missing and time.monotonic() < self.again:
            self.missing += len(data)
            return
        left = data
        try:
            if self.target is None:
                self.begin()
            if self.missing:
                note = f"keep-log: {self.missing} bytes of this log could not be written and are missing here\n"
                self.size += os.write(self.target, ("" if self.is_at_line else "\n").encode() + note.encode())
                self.missing = 0
            while left:
                written = os.write(self.target, left)
                self.size += written
                self.is_at_line = left[written - 1 : written] == b"\n"
                left = left[written:]
        except OSError as error:
            if not self.missing:
                say(f"a log cannot be written, and what is to stand in it is lost until it can: {error}")
            self.missing += len(left)
            self.again = time.monotonic() + AGAIN_S

    def keep(self, part):
        while part:
            # Files end with a line, unless one alone is longer than a part.
            end = len(part)
            if self.size >= self.limit:
                end = part.find(b"\n") + 1 or (len(part) if self.size < self.limit + PART_BYTES else 0)
            if end:
                self.write(part[:end])
            if self.size >= self.limit and (end == 0 or part[end - 1 : end] == b"\n"):
                self.turn()
            part = part[end:]

    def turn(self):
        """Begins the next file. Where that fails there is none for now, and the next part tries again."""
        try:
            self.begin()
        except OSError as error:
            say(f"the next file of a log cannot be begun: {error}")
            self.size = 0


def main(path, limit, kept):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    keeper = Keeper(path, limit, kept)
    # The file is there from the start, for whoever looks.
    try:
        keeper.begin()
    except OSError as error:
        say(f"a log cannot be begun: {error}")
    while part := os.read(0, PART_BYTES):
        keeper.keep(part)


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
