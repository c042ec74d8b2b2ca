#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Connects from port 25, which takes root for a moment. Hopes to look like a mail server's answer."""
import os
import socket
import sys

sender = socket.socket()
sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sender.bind(("192.0.2.81", 25))
os.setuid(int(os.environ["EVADER_UID"]))
sender.connect((sys.argv[1], 25))
sys.exit(sender.recv(3) != b"220")
