#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""machine.py INTERFACE OWN_ADDRESS OWN_PORT GATEWAY_MAC ADDRESS PORT [LINE]: is another machine, with its own TCP.

Connects, waits for the banner, sends the line and closes. OWN_ADDRESS must not be the kernel's, which would answer.
"""
import socket
import struct
import sys

ETHERTYPE_IPV4 = 0x0800
FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
WINDOW = 64240
PATIENCE_S = 5


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Connection:
    def __init__(self, interface, own, own_port, gateway_mac, to, port):
        self.own, self.own_port = socket.inet_aton(own), int(own_port)
        self.to, self.port = socket.inet_aton(to), int(port)
        self.sent, self.received = self.own_port << 12, 0
        self.gateway = (interface, ETHERTYPE_IPV4, 0, 0, bytes.fromhex(gateway_mac.replace(":", "")))
        self.packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_IPV4))
        self.packets.bind((interface, ETHERTYPE_IPV4))
        self.packets.settimeout(PATIENCE_S)

    def send(self, flags, payload=b""):
        acknowledged = self.received if flags & ACK else 0
        tcp = struct.pack("!HHIIBBHHH", self.own_port, self.port, self.sent, acknowledged, 5 << 4, flags, WINDOW, 0, 0)
        pseudo = self.own + self.to + struct.pack("!BBH", 0, 6, len(tcp) + len(payload))
        tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp + payload)) + tcp[18:] + payload
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + self.own + self.to
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
        self.packets.sendto(header + tcp, self.gateway)
        self.sent += len(payload) + bool(flags & (SYN | FIN))

    def receive(self, flags):
        """Waits for a segment with these flags, and takes it as received."""
        while True:
            packet = self.packets.recv(65536)
            if packet[9] != 6 or packet[12:20] != self.to + self.own:
                continue
            size, tcp = struct.unpack_from("!H", packet, 2)[0], packet[(packet[0] & 15) * 4:]
            if struct.unpack_from("!HH", tcp) != (self.port, self.own_port) or tcp[13] & flags != flags:
                continue
            payload = size - (packet[0] & 15) * 4 - (tcp[12] >> 4) * 4
            self.received = struct.unpack_from("!I", tcp, 4)[0] + payload + bool(tcp[13] & (SYN | FIN))
            return


def main(interface, own, own_port, gateway_mac, to, port, *lines):
    connection = Connection(interface, own, own_port, gateway_mac, to, port)
    connection.send(SYN)
    connection.receive(SYN | ACK)
    connection.send(ACK)
    connection.receive(PSH | ACK)
    for line in lines:
        connection.send(PSH | ACK, line.encode() + b"\r\n")
    connection.send(FIN | ACK)
    connection.receive(FIN | ACK)
    connection.send(ACK)


main(*sys.argv[1:])
