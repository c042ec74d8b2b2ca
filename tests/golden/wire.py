# SPDX-License-Identifier: GPL-2.0-only
"""Captures, written byte by byte: pcap and pcapng files, link layers, IP with fragments, TCP connections, DNS.

Nothing here depends on the time, on chance or on the machine: the same call gives the same file.
"""
import ipaddress
import struct

# 2026-01-05 10:00:00 UTC: every capture begins here.
START_NS = 1767607200 * 10**9
PACKET_NS = 1_000_000  # from one packet to the next, where nothing else is said

CLIENT, CLIENT6 = "192.0.2.81", "2001:db8:1::81"
SERVER, SERVER6 = "203.0.113.25", "2001:db8:25::25"
RESOLVER = "198.51.100.53"
# MAC addresses for documentation, RFC 7042 2.1.2
MACS = {"client": bytes.fromhex("00005e005381"), "server": bytes.fromhex("00005e005382")}

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP, ICMP = 6, 17, 1

# Link types, https://www.tcpdump.org/linktypes.html
NULL, ETHERNET, RAW, LOOP, SLL, SLL2 = 0, 1, 101, 108, 113, 276


def checksum(data):
    """RFC 1071"""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


# ---- Files


class Capture:
    """Frames with their times, and how the file is to be written."""

    def __init__(self, link=ETHERNET, snaplen=262144, nanoseconds=False, order="<", is_ng=False):
        self.link, self.snaplen, self.nanoseconds, self.order, self.is_ng = link, snaplen, nanoseconds, order, is_ng
        self.frames = []
        self.now = START_NS

    def add(self, frame, length=None):
        """`length`: on the wire, where that is more than there is."""
        self.frames.append((self.now, frame[: self.snaplen], length or len(frame)))
        self.now += PACKET_NS

    def wait(self, seconds):
        self.now += int(seconds * 10**9)

    def file(self):
        return self.pcapng() if self.is_ng else self.pcap()

    def pcap(self):
        magic = 0xA1B23C4D if self.nanoseconds else 0xA1B2C3D4
        parts = [struct.pack(self.order + "IHHiIII", magic, 2, 4, 0, 0, self.snaplen, self.link)]
        for time, frame, length in self.frames:
            fraction = time % 10**9 if self.nanoseconds else time % 10**9 // 1000
            parts.append(struct.pack(self.order + "IIII", time // 10**9, fraction, len(frame), length) + frame)
        return b"".join(parts)

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        size = struct.pack(self.order + "I", len(body) + 12)
        return struct.pack(self.order + "I", kind) + size + body + size

    def pcapng(self):
        """https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html: one section, one interface, with nanoseconds"""
        order = self.order
        parts = [
            self.block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
            self.block(1, struct.pack(order + "HHIHHB3xHH", self.link, 0, self.snaplen, 9, 1, 9, 0, 0)),
        ]
        for time, frame, length in self.frames:
            head = struct.pack(order + "IIIII", 0, time >> 32, time & 0xFFFFFFFF, len(frame), length)
            parts.append(self.block(6, head + frame))
        return b"".join(parts)


# ---- Link layers


def ethernet(side, version, packet, tags=()):
    """`tags`: (ethertype, VLAN id), outermost first."""
    macs = MACS["server"] + MACS["client"] if side == "client" else MACS["client"] + MACS["server"]
    for ethertype, identifier in tags:
        macs += struct.pack("!HH", ethertype, identifier)
    return macs + struct.pack("!H", 0x0800 if version == 4 else 0x86DD) + packet


def frame_of(link, side, version, packet, interface=2, tags=()):
    """What the link layer makes of an IP packet that `side` sends, seen on the client's host."""
    protocol = 0x0800 if version == 4 else 0x86DD
    outgoing = 4 if side == "client" else 0
    if link == ETHERNET:
        return ethernet(side, version, packet, tags)
    if link == SLL:
        return struct.pack("!HHH6s2xH", outgoing, 1, 6, MACS[side], protocol) + packet
    if link == SLL2:
        return struct.pack("!HHIHBB6s2x", protocol, 0, interface, 1, outgoing, 6, MACS[side]) + packet
    if link == NULL:  # the family in the order of the host that captured, here FreeBSD's numbers on little-endian
        return struct.pack("<I", 2 if version == 4 else 28) + packet
    if link == LOOP:
        return struct.pack("!I", 2 if version == 4 else 28) + packet
    return packet


# ---- IP


def ipv4(source, destination, protocol, payload, identifier=0, offset=0, more=False, dont=True, length=None):
    """`offset` in bytes. `length`: of the payload, where not all of it is there."""
    flags = (0x4000 if dont else 0) | (0x2000 if more else 0) | offset // 8
    total = 20 + (len(payload) if length is None else length)
    head = struct.pack("!BBHHHBBH", 0x45, 0, total, identifier, flags, 64, protocol, 0) + packed(source) + packed(destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, protocol, payload, extensions=(), length=None):
    """`extensions`: (number, header without its first byte), in their order."""
    chain, following = b"", protocol
    for number, body in reversed(extensions):
        chain, following = bytes([following]) + body + chain, number
    size = len(chain) + (len(payload) if length is None else length)
    return struct.pack("!IHBB", 6 << 28, size, following, 64) + packed(source) + packed(destination) + chain + payload


def fragment6(offset, more, identifier):
    """The fragment header (RFC 8200 4.5), as an extension of ipv6()."""
    return (44, struct.pack("!BHI", 0, offset | more, identifier))


def with_checksum(source, destination, protocol, datagram, at):
    """Fills in the checksum of TCP or UDP, which is at that offset."""
    addresses = packed(source) + packed(destination)
    pseudo = addresses + struct.pack("!II", len(datagram), protocol)
    return datagram[:at] + struct.pack("!H", checksum(pseudo + datagram) or 0xFFFF) + datagram[at + 2 :]


def udp(source, destination, payload):
    """Between (address, port) pairs."""
    datagram = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
    return with_checksum(source[0], destination[0], UDP, datagram, 6)


# ---- TCP


class Connection:
    """A connection of the client to the server: what either says, as segments, and who has received what."""

    def __init__(self, capture, client=(CLIENT, 40001), server=(SERVER, 25), isn=(1000, 500000), segment_size=1460):
        self.capture, self.segment_size = capture, segment_size
        self.ends = {"client": client, "server": server}
        self.next = dict(zip(("client", "server"), isn))
        self.version = ipaddress.ip_address(client[0]).version
        self.interface, self.tags, self.extensions = 2, (), ()
        self.identifier = 0

    def peer(self, side):
        return "server" if side == "client" else "client"

    def segment(self, side, data=b"", flags=ACK, sequence=None, ack=None):
        """The bytes of one."""
        source, destination = self.ends[side], self.ends[self.peer(side)]
        sequence = self.next[side] if sequence is None else sequence
        ack = (self.next[self.peer(side)] if ack is None else ack) if flags & ACK else 0
        options = struct.pack("!BBH", 2, 4, self.segment_size) if flags & SYN else b""
        offset = (5 + len(options) // 4) << 4
        head = struct.pack("!HHIIBBHHH", source[1], destination[1], sequence % 2**32, ack % 2**32, offset, flags, 65535, 0, 0)
        return with_checksum(source[0], destination[0], TCP, head + options + data, 16)

    def packet(self, side, segment, length=None):
        source, destination = self.ends[side][0], self.ends[self.peer(side)][0]
        if self.version == 6:
            return ipv6(source, destination, TCP, segment, self.extensions, length)
        self.identifier += 1
        return ipv4(source, destination, TCP, segment, self.identifier, length=length)

    def frame(self, side, packet):
        return frame_of(self.capture.link, side, self.version, packet, self.interface, self.tags)

    def put(self, side, data=b"", flags=ACK, sequence=None, ack=None):
        """Puts a segment on the wire and counts nothing."""
        self.capture.add(self.frame(side, self.packet(side, self.segment(side, data, flags, sequence, ack))))

    def advance(self, side, count):
        self.next[side] = (self.next[side] + count) % 2**32

    def open(self, data=b"", answer=b""):
        self.put("client", data, SYN)
        self.advance("client", 1 + len(data))
        self.put("server", answer, SYN | ACK)
        self.advance("server", 1 + len(answer))
        self.put("client")

    def send(self, side, data):
        """In segments, each of them acknowledged."""
        data = data.encode() if isinstance(data, str) else data
        for start in range(0, len(data), self.segment_size):
            part = data[start : start + self.segment_size]
            self.put(side, part, PSH | ACK)
            self.advance(side, len(part))
            self.put(self.peer(side))

    def client(self, data):
        self.send("client", data)

    def server(self, data):
        self.send("server", data)

    def lose(self, side, data):
        """Sent and received, but not seen."""
        self.advance(side, len(data))
        self.put(self.peer(side))

    def talk(self, text):
        """Lines "C: ..." and "S: ...". What one side says without a break is one segment."""
        said, speaker = "", None
        for line in text.split("\n"):
            side = {"C": "client", "S": "server"}[line[0]]
            if side != speaker and said:
                self.send(speaker, said)
                said = ""
            speaker, said = side, said + line[3:] + "\r\n"
        self.send(speaker, said)

    def close(self, first="client"):
        second = self.peer(first)
        self.put(first, flags=FIN | ACK)
        self.advance(first, 1)
        self.put(second, flags=FIN | ACK)
        self.advance(second, 1)
        self.put(first)

    def reset(self, side):
        self.put(side, flags=RST | ACK)


# ---- DNS (RFC 1035)

A, CNAME, MX, AAAA = 1, 5, 15, 28


def dns_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def dns_record(owner, kind, data, ttl=300):
    return dns_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def dns_message(identifier, question, kind, answers=(), additional=(), is_answer=True, code=0):
    flags = (0x8180 if is_answer else 0x0100) | code
    head = struct.pack("!HHHHHH", identifier, flags, 1, len(answers), 0, len(additional))
    return head + dns_name(question) + struct.pack("!HH", kind, 1) + b"".join(answers) + b"".join(additional)


def ask(capture, question, kind, answers=(), additional=(), code=0, port=41000):
    """A question of the client to its resolver, and the answer."""
    client, resolver = (CLIENT, port), (RESOLVER, 53)
    for side, source, destination, is_answer in (("client", client, resolver, False), ("server", resolver, client, True)):
        records = (answers, additional) if is_answer else ((), ())
        message = dns_message(port, question, kind, *records, is_answer=is_answer, code=code if is_answer else 0)
        datagram = udp(source, destination, message)
        packet = ipv4(source[0], destination[0], UDP, datagram)
        capture.add(frame_of(capture.link, side, 4, packet))
