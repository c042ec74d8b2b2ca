# SPDX-License-Identifier: GPL-2.0-only
"""Plain dialogues on every link layer and in every kind of file, and DNS, a function a capture; what each shows is in
cases.psv. What a function returns, a capture or bytes, is written in place of the capture that it was given."""
import struct

import wire
from hostile import BODY, DATA, ENVELOPE, HELLO, PLAIN_MAIL, QUEUED, QUIT, SECRET, opened
from packets import REFUSED, opened6
from wire import CLIENT, SERVER, SERVER6, TCP, UDP, Capture, Connection


# ---- Link layers and files


def told_on(link, **options):
    """The same dialogue, over IPv4 and IPv6, on another link layer or in another file format."""
    capture = Capture(link, **options)
    for connection in (opened(capture), opened6(capture)):
        connection.talk(REFUSED)
        connection.close()
    return capture


def link_sll(_):
    return told_on(wire.SLL)


def link_sll2(_):
    return told_on(wire.SLL2)


def link_raw(_):
    return told_on(wire.RAW)


def link_null(_):
    return told_on(wire.NULL)


def link_loop(_):
    return told_on(wire.LOOP)


def link_unknown(_):
    return told_on(147)  # LINKTYPE_USER0


def tagged(capture, tags):
    connection = Connection(capture)
    connection.tags = tags
    connection.open()
    connection.talk(REFUSED)
    connection.close()


def vlan(capture):
    tagged(capture, ((0x8100, 42),))


def vlan_in_vlan(capture):
    tagged(capture, ((0x88A8, 7), (0x8100, 42)))


def file_pcap_big_endian(_):
    return told_on(wire.ETHERNET, order=">")


def file_pcap_nanoseconds(_):
    return told_on(wire.ETHERNET, nanoseconds=True)


def file_pcapng(_):
    return told_on(wire.ETHERNET, is_ng=True)


def file_pcapng_big_endian(_):
    return told_on(wire.SLL2, order=">", is_ng=True)


def file_empty(capture):
    del capture


def file_truncated(capture):
    connection = opened(capture)
    connection.talk(REFUSED)
    return capture.file()[:-25]


def file_of_zeros(_):
    return bytes(512)


def file_of_nothing(_):
    return b""


def file_with_a_lie(capture):
    connection = opened(capture)
    connection.talk(REFUSED)
    data = capture.file()
    return data + struct.pack("<IIII", 1767607300, 0, 0x7FFFFFFF, 0x7FFFFFFF) + b"lie"


def cut_by_the_capture(_):
    """Every frame holds 80 bytes: the beginning of each segment, and not its end."""
    capture = Capture(snaplen=80)
    connection = opened(capture)
    connection.talk(PLAIN_MAIL)
    connection.close()
    return capture


def offloaded_60_kib(_):
    capture = Capture(snaplen=512)
    connection = opened(capture, segment_size=60000)
    connection.talk("\n".join((HELLO, ENVELOPE, DATA)))
    connection.client(f"Subject: {BODY}\r\n\r\n" + "x" * 119000 + "\r\n.\r\n")
    connection.talk(QUEUED + "\n" + QUIT)
    connection.close()
    return capture


def translated_addresses(_):
    """A container's connection, on its bridge (interface 3) and as it leaves the host (interface 2)."""
    capture = Capture(wire.SLL2)
    inside = Connection(capture, client=("198.51.100.85", 40001))
    outside = Connection(capture, client=(CLIENT, 51001))
    inside.interface = 3
    plain = capture.add

    def seen_twice(frame, length=None):
        plain(frame, length)
        packet = frame[20:]
        segment = packet[20:]
        side = "client" if packet[12:16] == wire.packed("198.51.100.85") else "server"
        ports = struct.pack("!HH", *((51001, 25) if side == "client" else (25, 51001)))
        source, destination = outside.ends[side][0], outside.ends[outside.peer(side)][0]
        segment = wire.with_checksum(source, destination, TCP, ports + segment[4:16] + b"\0\0" + segment[18:], 16)
        plain(outside.frame(side, wire.ipv4(source, destination, TCP, segment)), length)

    capture.add = seen_twice
    inside.open()
    inside.talk(REFUSED)
    inside.close()
    return capture


# ---- DNS


def address(text):
    return wire.packed(text)


def mx(preference, name):
    return struct.pack("!H", preference) + wire.dns_name(name)


def dns_then_mail(capture):
    record = wire.dns_record
    wire.ask(capture, "mx-only.example", wire.MX, [record("mx-only.example", wire.MX, mx(10, "mail.mx-only.example"))],
             [record("mail.mx-only.example", wire.A, address(SERVER))])
    wire.ask(capture, "www.alias.example", wire.A, [record("www.alias.example", wire.CNAME, wire.dns_name("host.example")),
                                                    record("host.example", wire.A, address("203.0.113.26"))], port=41001)
    wire.ask(capture, "six.example", wire.AAAA, [record("six.example", wire.AAAA, address(SERVER6))], port=41002)
    for number, server in enumerate((SERVER, "203.0.113.26")):
        connection = Connection(capture, client=(CLIENT, 40001 + number), server=(server, 25))
        connection.open()
        connection.talk(REFUSED)
        connection.close()
    connection = opened6(capture, 2)
    connection.talk(REFUSED)
    connection.close()


def dns_blocklist_with_a_key(capture):
    name = f"81.2.0.192.{SECRET}.zen.dq.spamhaus.net"
    wire.ask(capture, name, wire.A, [wire.dns_record(name, wire.A, address("127.0.0.4"))])
    wire.ask(capture, name, wire.A, code=3, port=41001)
    wire.ask(capture, f"81.2.0.192.{SECRET}.list.example", wire.A, [wire.dns_record(f"81.2.0.192.{SECRET}.list.example", wire.A, address("127.0.0.2"))],
             port=41002)


def dns_hostile(capture):
    client, resolver = (CLIENT, 41000), (wire.RESOLVER, 53)
    right = wire.dns_message(1, "a.example", wire.A, [wire.dns_record("a.example", wire.A, address(SERVER))])
    head = right[:12]
    loop = head + b"\xc0\x0c\0\1\0\1" + b"\xc0\x0c" + right[-14:]
    ahead = head + b"\1a\xc0\xff\0\1\0\1" + right[-14:]
    many = head[:6] + b"\xff\xff" + right[8:]
    name = b"\x1b[2J\n\0\xff\""
    painted = struct.pack("!HHHHHH", 1, 0x8180, 1, 1, 0, 0) + bytes([len(name)]) + name + b"\0\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4" + address(SERVER)
    short = right[:-6] + struct.pack("!H", 4000) + right[-4:]
    for message in (b"", head, loop, ahead, many, painted, short, right[:20], bytes(600), b"\xff" * 600):
        datagram = wire.udp(resolver, client, message)
        capture.add(wire.ethernet("server", 4, wire.ipv4(wire.RESOLVER, CLIENT, UDP, datagram)))
    connection = opened(capture)
    connection.talk(REFUSED)
    connection.close()
