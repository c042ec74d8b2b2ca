# SPDX-License-Identifier: GPL-2.0-only
"""TLS, and what is no SMTP at all, a function a capture; what each shows is in cases.psv."""
import struct

from hostile import DATA, ENVELOPE, MESSAGE, PLAIN_MAIL, QUEUED, QUIT, SECRET, USER, each, opened, secret64


def client_hello(name=None):
    """A TLS 1.2 ClientHello with one cipher (RFC 5246 7.4.1.2), and a server name (RFC 6066 3)."""
    extensions = struct.pack("!HHB", 0xFF01, 1, 0)
    if name is not None:
        entry = struct.pack("!BH", 0, len(name)) + name
        extensions = struct.pack("!HHH", 0, len(entry) + 2, len(entry)) + entry + extensions
    body = b"\x03\x03" + bytes(range(32)) + b"\0" + b"\0\x02\xc0\x2f" + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


# What follows is no TLS that anyone could read; it looks like its records.
SERVER_FLIGHT = b"\x16\x03\x03\0\x28" + bytes(40) + b"\x14\x03\x03\0\x01\x01"
OPAQUE = b"\x17\x03\x03\0\x20" + bytes(range(128, 160))


def finish_tls(connection, hello):
    connection.client(hello)
    connection.server(SERVER_FLIGHT)
    for _ in range(3):
        connection.client(OPAQUE)
        connection.server(OPAQUE)
    connection.close()


# ---- TLS


def starttls(connection, between="", answer="220 2.0.0 Ready to start TLS"):
    connection.talk("S: 220 mx.example\nC: EHLO shop.example\nS: 250-mx.example\nS: 250 STARTTLS")
    connection.client("STARTTLS\r\n" + between)
    connection.server(answer + "\r\n")


def starttls_injection(capture):
    connection = opened(capture)
    starttls(connection, "MAIL FROM:<injected@forged.example>\r\nRCPT TO:<x@forged.example>\r\n")
    finish_tls(connection, client_hello(b"mx.example"))
    connection = opened(capture, 1)
    starttls(connection, answer="220 2.0.0 Ready\r\n550 5.7.1 injected by whoever sits between")
    finish_tls(connection, client_hello(b"mx.example"))


def starttls_refused(capture):
    connection = opened(capture)
    starttls(connection, answer="454 4.7.0 TLS not available due to temporary reason")
    connection.talk("\n".join((ENVELOPE, DATA, MESSAGE, QUEUED, QUIT)))
    connection.close()


def starttls_then_plain(capture):
    connection = opened(capture)
    starttls(connection)
    connection.talk("C: EHLO shop.example\nS: 250 mx.example\n" + ENVELOPE)
    connection.close()


def tls_from_the_start(capture):
    for number, (port, hello) in enumerate(((25, client_hello(b"mx.example")), (465, client_hello(b"smtp.example")), (465, client_hello()),
                                            (465, client_hello(b"\x1b[2J\n\0\xff")), (465, client_hello(b"")), (587, client_hello(b"mx.example")))):
        finish_tls(opened(capture, number, port), hello)


def tls_hello_split(capture):
    connection = opened(capture, port=465, segment_size=1)
    finish_tls(connection, client_hello(b"smtp.example"))
    connection = opened(capture, 1, port=465)
    hello = client_hello(b"two-records.example")
    first = b"\x16\x03\x01" + struct.pack("!H", 30) + hello[5:35]
    finish_tls(connection, first + b"\x16\x03\x01" + struct.pack("!H", len(hello) - 35) + hello[35:])


def tls_hello_lies(capture):
    hello = client_hello(b"mx.example")
    at = hello.index(b"mx.example")
    lies = (hello[:3] + b"\xff\xff" + hello[5:], hello[:6] + b"\xff\xff\xff" + hello[9:], hello[: at - 2] + b"\xff\xff" + hello[at:],
            hello[: at - 9] + b"\0\0\xff\xff" + hello[at - 5 :], hello[:43] + b"\xff" + hello[44:], hello[:20])
    for number, lie in enumerate(lies):
        connection = opened(capture, number, 465)
        connection.client(lie)
        connection.close("server")


def smtp_in_clear_on_465(capture):
    each(capture, [PLAIN_MAIL], port=465)


# ---- Who is no SMTP


def client_speaks_first(capture):
    each(capture, ["C: EHLO shop.example\nS: 220 mx.example\nS: 250 Ok\n" + ENVELOPE, "C: MAIL FROM:<spam@shop.example>\nS: 220 mx.example\nS: 503 5.5.1 EHLO first"])
    connection = opened(capture, 2)
    connection.client(bytes(range(256)))
    connection.close()


def server_is_ssh(capture):
    connection = opened(capture)
    connection.server("SSH-2.0-OpenSSH_9.2p1\r\n")
    connection.client("SSH-2.0-Go\r\n")
    connection.server(b"\0\0\x01\x0c\x0a\x14" + bytes(266))
    connection.close()


def server_is_http(capture):
    each(capture, [f"C: POST / HTTP/1.1\nC: Host: mx.example\nC: Authorization: Basic {secret64(USER + ':' + SECRET)}\nC: \nC: MAIL FROM:<a@forged.example>\n"
                   "S: HTTP/1.1 400 Bad Request\nS: Connection: close\nS: ", "S: HTTP/1.0 408 Request Time-out\nS: "])


def server_is_ftp(capture):
    ftp = f"S: 220 ProFTPD Server (shop) [203.0.113.25]\nC: USER {USER}\nS: 331 Password required\nC: PASS {SECRET}\nS: 530 Login incorrect.\nC: QUIT\nS: 221 Goodbye."
    each(capture, [ftp])


def ftp_elsewhere(capture):
    each(capture, [f"S: 220 FTP ready\nC: USER {USER}\nS: 331 Password required\nC: PASS {SECRET}\nS: 230 Logged in\nC: HELP\nS: 214 EHLO is none\nC: QUIT\nS: 221 Bye"],
         port=2121)


def off_port(capture):
    each(capture, [PLAIN_MAIL, "S: 220 mx.example\nC: HELO shop.example\nS: 250 Ok\n" + QUIT, "C: HELOISE\nS: what", "C: x EHLO shop.example\nS: what",
                   "C: EHLO \nS: what", "S: EHLO from.the.server"], port=2526)
