#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Connects before the watch begins and speaks when it is on: when it is told to, by a line. Hopes that a connection
without a beginning is not seen."""
import socket
import sys

kept = socket.create_connection((sys.argv[1], 25))
print("connected", flush=True)
sys.stdin.readline()
kept.sendall(b"EHLO server.example\r\n")
sys.exit(kept.recv(3) != b"220")
