#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""make.py DIRECTORY: writes the captures that are made and not recorded: replies/ and hostile/. Always the same."""
import inspect
import pathlib
import sys

sys.dont_write_bytecode = True  # nothing is left in the source tree

import files
import hostile
import packets
import replies
import strangers
from wire import Capture

SUFFIXES = {"file_pcapng": ".pcapng", "file_pcapng_big_endian": ".pcapng"}


def hostile_captures():
    """Of every function of these modules that takes nothing but a capture; others help them."""
    for module in (hostile, strangers, packets, files):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or list(inspect.signature(function).parameters) not in (["capture"], ["_"]):
                continue
            capture = Capture()
            made = function(capture)
            made = capture if made is None else made
            path = "hostile/" + name.replace("_", "-") + SUFFIXES.get(name, ".pcap")
            yield path, made if isinstance(made, bytes) else made.file()


def main(directory):
    for path, data in (*replies.captures(), *hostile_captures()):
        target = pathlib.Path(directory, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


if len(sys.argv) != 2:
    sys.exit(__doc__)
main(sys.argv[1])
