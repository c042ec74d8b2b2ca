#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Has its socket declared connected without a handshake (TCP_REPAIR), which takes CAP_NET_ADMIN; the handshake can
then be made by raw packets. Hopes that a connection without a SYN has no beginning to be seen."""
import os
import socket
import struct
import sys

TCP_REPAIR = 19
ESTABLISHED = 1

sender = socket.socket()
sender.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
os.setuid(int(os.environ["EVADER_UID"]))
sender.connect((sys.argv[1], 25))
state = struct.unpack_from("B", sender.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))[0]
sys.exit(state != ESTABLISHED)
