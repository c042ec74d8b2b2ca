#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes its own TCP over a raw socket, which takes CAP_NET_RAW. Hopes that no socket of TCP means no trace, and is
right until the wire itself is read."""
import os
import socket
import sys

from raw_packets import is_answered, tcp_syn

PORT = 40025

raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
os.setuid(int(os.environ["EVADER_UID"]))
raw.sendto(tcp_syn(sys.argv[1], PORT), (sys.argv[1], 0))
sys.exit(not is_answered(raw, PORT))
