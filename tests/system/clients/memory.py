#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""memory.py FILE PID...: looks for the words of the file, one a line, in the memory of the processes, and prints where
they stand. The kernel's ring of packets (the mapping of a packet socket) is left out: what it holds is on the wire.
"""
import sys

PIECE = 1 << 20


def mappings(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        for line in file:
            span, mode, _, _, _, *name = line.split(maxsplit=5)
            name = name[0].strip() if name else "anonymous"
            if "r" in mode and not name.startswith(("socket:", "[vvar", "[vsyscall")):
                yield *(int(end, 16) for end in span.split("-")), name


def pieces(memory, begin, end, overlap):
    """A mapping's memory, as far as it can be read: a piece that cannot is a hole."""
    for at in range(begin, end, PIECE):
        try:
            memory.seek(at)
            yield memory.read(min(PIECE + overlap, end - at))
        except OSError:
            pass


def search(pid, words):
    read = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end, name in mappings(pid):
            for piece in pieces(memory, begin, end, max(map(len, words))):
                read += len(piece)
                for word in words:
                    if word in piece:
                        print(f"process {pid}: {word.decode()} in {name} {begin:x}-{end:x}")
    if read < PIECE:
        print(f"process {pid}: its memory cannot be read")


with open(sys.argv[1], "rb") as secrets:
    sought = secrets.read().splitlines()
for process in sys.argv[2:]:
    search(process, sought)
