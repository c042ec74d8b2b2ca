# SPDX-License-Identifier: GPL-2.0-only
"""Plain dialogues in packets as nobody should make them, a function a capture; what each shows is in cases.psv."""
import struct

import wire
from hostile import BODY, DATA, ENVELOPE, HELLO, MESSAGE, PLAIN_MAIL, QUEUED, QUIT, opened
from strangers import client_hello
from wire import ACK, CLIENT, CLIENT6, FIN, ICMP, PSH, RST, SERVER, SERVER6, SYN, TCP, UDP, Connection

REFUSED = "\n".join((HELLO, "C: MAIL FROM:<spam@shop.example>\nS: 550 5.7.1 Blocked", QUIT))


def opened6(capture, number=0, extensions=()):
    connection = Connection(capture, client=(CLIENT6, 40001 + number), server=(SERVER6, 25), isn=(1000 + 10**6 * number, 500000))
    connection.extensions = extensions
    connection.open()
    return connection


# ---- TCP


def overlap_with_other_content(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\nC: MAIL FROM:<spam@shop.example>\nS: 250 Ok")
    start = connection.next["client"]
    # What comes later over bytes that are there already does not count (RFC 9293 3.10.7.4)...
    connection.put("client", b"RCPT TO:<user@first.example>", PSH | ACK, sequence=start)
    connection.put("client", b"<user@other.example>\r\n", PSH | ACK, sequence=start + 8)
    # ...and of two that wait for an earlier one, either may: what counts is that nothing is told twice.
    connection.advance("client", 30)
    connection.server("250 Ok\r\n")
    start = connection.next["client"]
    connection.put("client", b"second.example>\r\n", PSH | ACK, sequence=start + 14)
    connection.put("client", b"emono.example>\r\n", PSH | ACK, sequence=start + 15)
    connection.put("client", b"RCPT TO:<user@", PSH | ACK, sequence=start)
    connection.advance("client", 31)
    connection.talk("S: 550 5.1.1 No\n" + QUIT)
    connection.close()


def retransmitted(capture):
    connection = opened(capture)
    plain, once = capture.add, []

    def twice(frame, length=None):
        plain(frame, length)
        once.append(frame)
        plain(frame, length)
        if len(once) % 5 == 0:
            plain(once[-4], length)

    capture.add = twice
    connection.talk(PLAIN_MAIL)
    connection.close()


def rearrange(capture, order):
    """Puts every group of frames into another order, and leaves the times ascending."""
    frames, times = capture.frames[3:], [frame[0] for frame in capture.frames[3:]]
    moved = []
    for start in range(0, len(frames), len(order)):
        group = frames[start : start + len(order)]
        moved += [group[index] for index in order if index < len(group)]
    capture.frames[3:] = [(time, *frame[1:]) for time, frame in zip(times, moved)]


def reordered(capture):
    connection = opened(capture, segment_size=20)
    connection.talk(PLAIN_MAIL)
    connection.close()
    rearrange(capture, (4, 2, 0, 1, 3))


def hole_in_command(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    connection.lose("client", b"MAIL FROM:<spam@shop.example>\r\n")
    connection.talk("S: 250 2.1.0 Ok\nC: RCPT TO:<user@mx.example>\nS: 550 5.7.1 Blocked\n" + QUIT)
    connection.close()


def hole_in_reply(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\nC: MAIL FROM:<spam@shop.example>")
    connection.lose("server", b"250 2.1.0 Ok\r\n")
    connection.talk("C: RCPT TO:<user@mx.example>\nS: 550 5.7.1 Blocked\n" + QUIT)
    connection.close()


def hole_in_body(capture):
    connection = opened(capture)
    connection.talk("\n".join((HELLO, ENVELOPE, DATA)))
    connection.client(f"Subject: {BODY}\r\n\r\n")
    connection.lose("client", bytes(5000))
    connection.client(f"{BODY}\r\n.\r\n")
    connection.talk(QUEUED + "\n" + ENVELOPE + "\n" + QUIT)
    connection.close()


def hole_over_the_end_mark(capture):
    connection = opened(capture)
    connection.talk("\n".join((HELLO, ENVELOPE, DATA)))
    connection.client(f"Subject: {BODY}\r\n\r\n{BODY}")
    connection.lose("client", b"\r\n.\r\n")
    connection.talk(QUEUED + "\n" + ENVELOPE + "\n" + QUIT)
    connection.close()


def hole_never_acknowledged(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    connection.advance("client", 20)
    for _ in range(30):
        connection.put("client", b"RCPT TO:<user@after-the-hole.example>\r\n", PSH | ACK)
        connection.advance("client", 39)
        capture.wait(10)
    connection.reset("client")


def sequence_wraps(capture):
    connection = Connection(capture, isn=(2**32 - 60, 2**32 - 90))
    connection.open()
    connection.talk(PLAIN_MAIL)
    connection.close()


def syn_with_data(capture):
    connection = Connection(capture)
    connection.open(client_hello(b"mx.example"))  # TCP Fast Open, RFC 7413
    connection.server("220 mx.example\r\n")
    connection.close()
    connection = Connection(capture, client=(CLIENT, 40002))
    connection.open(answer=b"220 mx.example\r\n")
    connection.talk(REFUSED.split("\n", 1)[1])
    connection.close()


def from_the_middle(capture):
    talks = (ENVELOPE + "\n" + DATA + "\n" + MESSAGE + "\n" + QUEUED, MESSAGE + "\n" + QUEUED + "\n" + ENVELOPE,
             "S: 250 2.1.0 Ok\nC: RCPT TO:<user@mx.example>\nS: 550 5.7.1 Blocked", "S: 220 mx.example\n" + REFUSED.split("\n", 1)[1])
    for number, text in enumerate(talks):
        connection = Connection(capture, client=(CLIENT, 40001 + number))
        connection.talk(text)
        connection.talk(QUIT)
        connection.close()


def both_close_at_once(capture):
    connection = opened(capture)
    connection.talk(PLAIN_MAIL)
    for side in ("client", "server"):
        connection.put(side, flags=FIN | ACK)
    for side in ("client", "server"):
        connection.advance(side, 1)
    for side in ("client", "server"):
        connection.put(side)


def half_closed(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\nC: MAIL FROM:<spam@shop.example>")
    connection.put("client", flags=FIN | ACK)
    connection.advance("client", 1)
    connection.server("550 5.7.1 Blocked, and you have closed\r\n")
    connection.put("server", flags=FIN | ACK)
    connection.advance("server", 1)
    connection.put("client")


def resets(capture):
    for number, text in enumerate(("S: 220 mx.example", "\n".join((HELLO, ENVELOPE, DATA, f"C: {BODY}")), HELLO)):
        connection = opened(capture, number)
        connection.talk(text)
        connection.reset("server" if number == 0 else "client")
    connection = opened(capture, 3)
    connection.reset("server")


def forged_reset(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    connection.put("server", flags=RST, sequence=connection.next["server"] + 10**8)
    connection.put("client", flags=RST, sequence=connection.next["client"] - 10**8)
    connection.talk("\n".join((ENVELOPE, DATA, MESSAGE, QUEUED, QUIT)))
    connection.close()


def refused_and_unanswered(capture):
    connection = Connection(capture)
    connection.put("client", flags=SYN)
    connection.advance("client", 1)
    connection.put("server", flags=RST | ACK, sequence=0)
    connection = Connection(capture, client=(CLIENT, 40002), server=("198.51.100.99", 25))
    for seconds in (1, 2, 4, 8, 16):
        connection.put("client", flags=SYN)
        capture.wait(seconds)


def port_used_again(capture):
    for number in range(3):
        connection = Connection(capture, isn=(1000 + 10**6 * number, 500000 + 10**6 * number))
        connection.open()
        connection.talk(REFUSED.replace("spam@shop", f"spam@shop{number}"))
        if number == 1:
            connection.close()


def interleaved(capture):
    connections = [opened(capture, number) for number in range(8)]
    for line in REFUSED.split("\n"):
        for number, connection in enumerate(connections):
            connection.talk(line.replace("spam@shop", f"spam@shop{number}"))
    for connection in connections:
        connection.close()


def keepalives(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    for number in range(3):
        capture.wait(60)
        connection.put("client", b"\n" if number else b"", sequence=connection.next["client"] - 1)
        connection.put("server")
    connection.talk("C: MAIL FROM:<spam@shop.example>\nS: 421 4.4.2 timeout")
    connection.close("server")


def silent_for_hours(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    capture.wait(3 * 3600)
    connection.talk(ENVELOPE + "\n" + QUIT)
    connection.close()
    opened(capture, 1)


def time_goes_back(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    capture.wait(-86400)
    connection.talk("\n".join((ENVELOPE, DATA, MESSAGE, QUEUED, QUIT)))
    connection.close()


# ---- IP


def ipv6_extension_headers(capture):
    padding = bytes([0, 1, 4, 0, 0, 0, 0])  # PadN up to eight bytes, RFC 8200 4.2
    connection = opened6(capture, extensions=((0, padding), (60, padding), (60, b"\1" + bytes([1, 12]) + bytes(12))))
    connection.talk(REFUSED)
    connection.close()


def fragments(connection, side, text, size, order):
    """Says it in one segment that is cut into IP fragments of `size`, put on the wire in an order."""
    data = text.encode()
    segment = connection.segment(side, data, PSH | ACK)
    source, destination = connection.ends[side][0], connection.ends[connection.peer(side)][0]
    connection.identifier += 1
    parts = []
    for offset in range(0, len(segment), size):
        part, more = segment[offset : offset + size], offset + size < len(segment)
        if connection.version == 4:
            parts.append(wire.ipv4(source, destination, TCP, part, connection.identifier, offset, more, dont=False))
        else:
            parts.append(wire.ipv6(source, destination, TCP, part, (wire.fragment6(offset, more, connection.identifier),)))
    for part in order(parts):
        connection.capture.add(connection.frame(side, part))
    connection.advance(side, len(data))
    connection.put(connection.peer(side))


def fragmented(capture, order, opens):
    connection = opens(capture)
    for line in REFUSED.split("\n"):
        side = "client" if line[0] == "C" else "server"
        fragments(connection, side, line[3:] + "\r\n", 16, order)
    connection.close()


def ipv4_fragments(capture):
    fragmented(capture, list, opened)


def ipv4_fragments_reversed(capture):
    fragmented(capture, reversed, opened)


def ipv6_fragments(capture):
    fragmented(capture, list, opened6)


def ipv6_fragments_reversed(capture):
    fragmented(capture, reversed, opened6)


def fragments_that_overlap(capture):
    def overlapping(parts):
        parts = list(parts)
        return parts[:2] + [parts[1].replace(b"shop", b"evil")] + parts[2:]

    for opens in (opened, opened6):
        connection = opens(capture)
        connection.talk(HELLO)
        fragments(connection, "client", "MAIL FROM:<spam@shop.example> SIZE=100 BODY=8BITMIME\r\n", 24, overlapping)
        connection.talk("S: 250 Ok\nC: RCPT TO:<user@mx.example>\nS: 550 5.7.1 Blocked")
        connection.close()


def fragments_without_end(capture):
    for identifier in range(300):
        head = wire.ipv4(CLIENT, SERVER, TCP, bytes(24), identifier, 0, more=True, dont=False)
        capture.add(wire.ethernet("client", 4, head))
    tail = wire.ipv4(CLIENT, SERVER, TCP, bytes(64), 7, 65528, dont=False)
    capture.add(wire.ethernet("client", 4, tail))
    connection = opened(capture)
    connection.talk(REFUSED)
    connection.close()


def malformed(capture):
    """Before and after one that is right: packets whose lengths lie."""
    connection = opened(capture)
    segment = connection.segment("client", b"MAIL FROM:<forged@forged.example>\r\n", PSH | ACK)
    right = wire.ipv4(CLIENT, SERVER, TCP, segment)
    forged = [right[:size] for size in (0, 1, 19, 20, 30, 39)]
    forged += [bytes([first]) + right[1:] for first in (0x40, 0x44, 0x4F, 0x00, 0xF5, 0x65)]
    forged += [right[:2] + struct.pack("!H", total) + right[4:] for total in (0, 19, 20, 39, 65535)]
    forged += [right[:32] + bytes([offset << 4]) + right[33:] for offset in (0, 4, 15)]
    for packet in forged:
        capture.add(wire.ethernet("client", 4, packet))
    right6 = wire.ipv6(CLIENT6, SERVER6, TCP, segment)
    for packet in (right6[:39], right6[:4] + b"\xff\xff" + right6[6:], wire.ipv6(CLIENT6, SERVER6, TCP, b"", ((0, b"\xff" * 7),)),
                   wire.ipv6(CLIENT6, SERVER6, TCP, segment, tuple((60, bytes(7)) for _ in range(100)))):
        capture.add(wire.ethernet("client", 6, packet))
    capture.add(wire.ethernet("client", 4, right, tags=((0x8100, 1),) * 20))
    for flags in (0, 0x3F, SYN | FIN, SYN | RST):
        connection.put("client", b"EHLO forged.example\r\n", flags, sequence=77)
    connection.talk(REFUSED)
    connection.close()


def noise(capture):
    """What else is on a wire: ARP, ICMP, UDP, other ports, another protocol."""
    connection = opened(capture)
    arp = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, wire.MACS["client"], wire.packed(CLIENT), bytes(6), wire.packed("192.0.2.82"))
    capture.add(b"\xff" * 6 + wire.MACS["client"] + b"\x08\x06" + arp)
    unreachable = struct.pack("!BBHI", 3, 13, 0, 0) + wire.ipv4(CLIENT, SERVER, TCP, connection.segment("client")[:8])
    unreachable = unreachable[:2] + struct.pack("!H", wire.checksum(unreachable)) + unreachable[4:]
    capture.add(wire.ethernet("server", 4, wire.ipv4("192.0.2.82", CLIENT, ICMP, unreachable)))
    capture.add(wire.ethernet("client", 4, wire.ipv4(CLIENT, SERVER, UDP, wire.udp((CLIENT, 25), (SERVER, 25), b"EHLO forged.example\r\n"))))
    inner = wire.ipv4(CLIENT, SERVER, TCP, connection.segment("client", b"EHLO forged.example\r\n"))
    capture.add(wire.ethernet("client", 4, wire.ipv4(CLIENT, SERVER, 4, inner)))
    capture.add(wire.ethernet("client", 4, wire.ipv4(CLIENT, SERVER, 47, b"\0\0\x08\0" + inner)))
    capture.add(b"short")
    connection.talk(REFUSED)
    connection.close()
