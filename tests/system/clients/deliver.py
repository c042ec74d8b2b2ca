#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""deliver.py NAME PORT: resolves the name and connects to each of its addresses, without a moment between."""
import socket
import sys

for family, kind, protocol, _, address in socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_STREAM):
    with socket.socket(family, kind, protocol) as connection:
        connection.settimeout(3)
        connection.connect_ex(address)
