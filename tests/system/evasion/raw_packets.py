# SPDX-License-Identifier: GPL-2.0-only
"""A SYN by hand, for the tricks that make their own TCP."""
import socket
import struct
import time

SYN = 0x02
SYN_ACK = 0x12
OWN_ADDRESS = "192.0.2.81"
PATIENCE_S = 5


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_syn(to, port):
    segment = struct.pack("!HHIIBBHHH", port, 25, 1000, 0, 5 << 4, SYN, 64240, 0, 0)
    pseudo = socket.inet_aton(OWN_ADDRESS) + socket.inet_aton(to) + struct.pack("!BBH", 0, 6, len(segment))
    return segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]


def ip_packet(to, payload):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, 6, 0, socket.inet_aton(OWN_ADDRESS),
                         socket.inet_aton(to))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def is_answered(receiver, port):
    """Whether the receiver's SYN and ACK come in. `receiver` is a raw socket for TCP."""
    end = time.monotonic() + PATIENCE_S
    receiver.settimeout(PATIENCE_S)
    while time.monotonic() < end:
        tcp = receiver.recv(2048)[20:]
        if struct.unpack_from("!HH", tcp) == (25, port) and tcp[13] == SYN_ACK:
            return True
    return False
