#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Binds its socket to an interface and an address, as few programs do. Hopes to be routed past the watch."""
import socket
import sys

sender = socket.socket()
sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"internet")
sender.bind(("192.0.2.81", 0))
sender.connect((sys.argv[1], 25))
sys.exit(sender.recv(3) != b"220")
