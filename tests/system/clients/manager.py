#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A service manager's ear: writes what comes to its socket (sd_notify(3)) into a file, a line each, with the time.

Usage: manager.py SOCKET FILE; the lines are "SECONDS NAME=VALUE".
"""
import socket
import sys
import time

ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
with open(sys.argv[2], "w", encoding="utf-8", buffering=1) as lines:
    while True:
        for line in ear.recv(65536).decode(errors="replace").splitlines():
            lines.write(f"{time.monotonic():.3f} {line}\n")
