# SPDX-License-Identifier: GPL-2.0-only
"""Dialogues as nobody should hold them, a function a capture; what each shows is in cases.psv. SECRET must never be
told by the program, nor BODY."""
import base64

from wire import ACK, CLIENT, PSH, SERVER, Capture, Connection

USER, SECRET, BODY = "golden-user", "golden-secret", "golden-body"

HELLO = "S: 220 mx.example ESMTP\nC: EHLO shop.example\nS: 250-mx.example\nS: 250-PIPELINING\nS: 250-CHUNKING\nS: 250 AUTH PLAIN LOGIN"
ENVELOPE = "C: MAIL FROM:<spam@shop.example>\nS: 250 2.1.0 Ok\nC: RCPT TO:<user@mx.example>\nS: 250 2.1.5 Ok"
DATA = "C: DATA\nS: 354 End data with <CR><LF>.<CR><LF>"
MESSAGE = f"C: Subject: {BODY}\nC: \nC: {BODY} buy now\nC: ."
QUEUED = "S: 250 2.0.0 Ok: queued as 4ABC"
QUIT = "C: QUIT\nS: 221 2.0.0 Bye"
PLAIN_MAIL = "\n".join((HELLO, ENVELOPE, DATA, MESSAGE, QUEUED, QUIT))


def secret64(text):
    return base64.b64encode(text.encode()).decode()


def opened(capture, number=0, port=25, **options):
    """The connection of that number of a capture."""
    connection = Connection(capture, client=(CLIENT, 40001 + number), server=(SERVER, port),
                            isn=(1000 + 10**6 * number, 500000 + 10**6 * number), **options)
    connection.open()
    return connection


def each(capture, dialogues, port=25):
    """A connection for each text of talk()."""
    for number, text in enumerate(dialogues):
        connection = opened(capture, number, port)
        connection.talk(text)
        connection.close()
        capture.wait(1)


# ---- How it is cut into segments


def split_at_every_byte(capture):
    connection = opened(capture, segment_size=1)
    connection.talk(PLAIN_MAIL)
    connection.close()


def pipelined_in_one_segment(capture):
    connection = opened(capture)
    connection.server("220 mx.example ESMTP\r\n")
    said = [line[3:] for line in PLAIN_MAIL.split("\n") if line[0] == "C"]
    answers = [line[3:] for line in PLAIN_MAIL.split("\n")[1:] if line[0] == "S"]
    connection.client("\r\n".join(said) + "\r\n")
    connection.server("\r\n".join(answers) + "\r\n")
    connection.close()


def pipelined_three_messages(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    for number in range(3):
        connection.client(f"MAIL FROM:<a@shop{number}.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<c@mx.example>\r\nDATA\r\n")
        connection.server("250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 No such user\r\n354 Go on\r\n")
        connection.client(f"Subject: {BODY}\r\n\r\n{BODY}\r\n.\r\n")
        connection.server("250 2.0.0 Ok\r\n")
    connection.talk(QUIT)
    connection.close()


# ---- Line ends, and what is no text


def bare_lf(capture):
    connection = opened(capture)
    for line in PLAIN_MAIL.split("\n"):
        connection.send("client" if line[0] == "C" else "server", line[3:] + "\n")
    connection.close()


def bare_cr(capture):
    connection = opened(capture)
    connection.server("220 mx.example ESMTP\r\n")
    connection.client("EHLO a.example\rMAIL FROM:<spam@shop.example>\rRCPT TO:<user@mx.example>\r\n")
    connection.server("501 5.5.4 Syntax: EHLO\rhostname\r\n")
    connection.talk(QUIT)
    connection.close()


def nul_bytes(capture):
    connection = opened(capture)
    connection.server("220 mx\0.example ESMTP\r\n")
    connection.client("EHLO shop\0.example\r\n")
    connection.server("250-mx\0.example\r\n250 PIPE\0LINING\r\n")
    connection.client("MAIL FROM:<spam@sh\0op.example>\r\n")
    connection.server("250 Ok\r\n")
    connection.client("RCPT TO:<user@mx.example>\0\0\r\n")
    connection.server("550 5.7.1 b\0ad reputation\0\r\n")
    connection.client("\0\0\0\0\r\n")
    connection.server("500 \0\r\n")
    connection.close()


HOSTILE_NAMES = (
    "\x1b[2J\x1b]0;owned\x07", "\u202eelpmaxe.pohs", "\u2066a\u2069\u200f", '"a"b\'c`d$(e)', "a\nb: ALERT rule=forged", "a\tb\vc\fd\be",
    "{\"event\":{\"kind\":\"alert\"}}", "a\\u0000\\n\\", "\x7f\x80\x9b31m".encode("latin-1"), b"\xff\xfe\xc0\x80\xed\xa0\x80\xf8", "x" * 600,
    "[192.0.2.81]", "", " \t ", "%s%n%x", "<script>alert(1)</script>", "\u2028\u2029\ufeff", "xn--nxasmq6b.example", "b\u00fccher.example",
)


def hostile_names(capture):
    for number, name in enumerate(HOSTILE_NAMES):
        name = name if isinstance(name, bytes) else name.encode()
        connection = opened(capture, number)
        connection.server(b"220 " + name + b" ESMTP\r\n")
        connection.client(b"EHLO " + name + b"\r\n")
        connection.server(b"250 " + name + b"\r\n")
        connection.client(b"MAIL FROM:<a@" + name + b">\r\n")
        connection.server(b"250 Ok\r\n")
        connection.client(b"RCPT TO:<b@" + name + b">\r\n")
        connection.server(b"550 5.7.1 " + name + b" is not liked\r\n")
        connection.close()


# ---- Too much

HUGE_SNAPLEN = 160  # keeps the dialogue in full, and little of each of the packets that huge() makes


def huge(connection, side, head, size, tail):
    """Sends `size` bytes in packets as large as offloading makes them."""
    data = head + b"A" * size + tail
    for start in range(0, len(data), 65000):
        part = data[start : start + 65000]
        connection.put(side, part, PSH | ACK)
        connection.advance(side, len(part))
        connection.put(connection.peer(side))


def long_command(_):
    capture = Capture(snaplen=HUGE_SNAPLEN)
    connection = opened(capture)
    connection.server("220 mx.example\r\n")
    huge(connection, "client", b"EHLO ", 10 * 2**20, b"\r\n")
    connection.talk("S: 500 5.5.2 Line too long\n" + QUIT)
    connection.close()
    return capture


def long_reply(_):
    capture = Capture(snaplen=HUGE_SNAPLEN)
    connection = opened(capture)
    connection.talk(HELLO + "\nC: MAIL FROM:<spam@shop.example>")
    huge(connection, "server", b"550 5.7.1 ", 10 * 2**20, b"\r\n")
    connection.talk(QUIT)
    connection.close()
    return capture


def long_body_line(_):
    capture = Capture(snaplen=HUGE_SNAPLEN)
    connection = opened(capture)
    connection.talk("\n".join((HELLO, ENVELOPE, DATA)))
    huge(connection, "client", b"Subject: golden-body\r\n\r\n", 10 * 2**20, b"")
    connection.client("\r\n.\r\n")
    connection.talk(QUEUED + "\n" + QUIT)
    connection.close()
    return capture


def long_line_in_full(capture):
    connection = opened(capture)
    connection.talk("S: 220 mx.example\nC: EHLO " + "a" * 12000 + "\nS: 500 " + "b" * 12000 + "\nC: HELO shop.example\nS: 250 Ok\n" + QUIT)
    connection.close()


def endless_banner(capture):
    connection = opened(capture)
    for number in range(0, 800, 20):
        connection.server("".join(f"220-wait {number + index}\r\n" for index in range(20)))
    connection.close()


def endless_reply(capture):
    connection = opened(capture)
    connection.talk("S: 220 mx.example\nC: EHLO shop.example")
    for number in range(0, 1000, 20):
        connection.server("".join(f"550-5.7.1 no, and no again, {number + index:04}, because of you\r\n" for index in range(20)))
    connection.server("550 5.7.1 that is all\r\n")
    connection.talk(QUIT)
    connection.close()


def replies_without_commands(capture):
    connection = opened(capture)
    connection.server("220 mx.example\r\n")
    for number in range(0, 600, 20):
        connection.server("".join(f"550 5.7.1 nobody asked {number + index}\r\n" for index in range(20)))
    connection.close()


def thousand_recipients(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\nC: MAIL FROM:<spam@shop.example>\nS: 250 2.1.0 Ok")
    for first in range(0, 1000, 40):
        numbers = range(first, first + 40)
        connection.client("".join(f"RCPT TO:<u{number}@mx.example>\r\n" for number in numbers))
        connection.server("".join("550 5.1.1 No\r\n" if number % 4 else "250 Ok\r\n" for number in numbers))
    connection.talk("\n".join((DATA, MESSAGE, QUEUED, QUIT)))
    connection.close()


def many_messages(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    for number in range(100):
        connection.client(f"MAIL FROM:<>\r\nRCPT TO:<u{number}@mx.example>\r\nDATA\r\n")
        connection.server("250 Ok\r\n250 Ok\r\n354 Go\r\n")
        connection.client("x\r\n.\r\n")
        connection.server("250 Ok\r\n")
    connection.close()


# ---- Replies that are none


def reply_without_end(capture):
    each(capture, [HELLO + "\nC: MAIL FROM:<spam@shop.example>\nS: 550-5.7.1 not finished", "S: 554-mx.example\nS: 554-go away"])
    connection = opened(capture, 2)
    connection.talk(HELLO)
    connection.client("MAIL FROM:<spam@shop.example>\r\n")
    connection.server("550 5.7.1 bad reputation, and no line end")
    connection.close("server")


def odd_codes(capture):
    connection = opened(capture)
    connection.talk("S: 220 mx.example\nC: EHLO shop.example\nS: 999 what\nC: HELO shop.example\nS: 25 ok\nC: HELO shop.example\nS: 250ok\n"
                    "C: MAIL FROM:<spam@shop.example>\nS: 250\nC: RCPT TO:<user@mx.example>\nS: 099 no\nC: NOOP\nS: 600 no\nC: NOOP\nS: -50 no\n"
                    "C: NOOP\nS: 2500 no\nC: NOOP\nS: \nC: NOOP\nS: 550")
    connection.close()


def codes_that_differ(capture):
    each(capture, [HELLO + "\nC: MAIL FROM:<spam@shop.example>\nS: 250-2.1.0 Ok\nS: 550 5.7.1 changed my mind\n" + QUIT,
                   "S: 220-mx.example\nS: 554 but not for you\n" + QUIT])


def told_421_out_of_turn(capture):
    each(capture, [HELLO + "\n" + ENVELOPE + "\nS: 421 4.4.2 mx.example Error: timeout exceeded"])


def interim_354_lost(capture):
    each(capture, ["\n".join((HELLO, ENVELOPE, DATA, "C: Subject: golden-body\nC: half of it"))])


def data_refused(capture):
    envelope = "C: MAIL FROM:<spam@shop.example>\nS: 250 Ok\nC: RCPT TO:<user@mx.example>\nS: 550 5.1.1 No such user"
    each(capture, ["\n".join((HELLO, envelope, "C: DATA\nS: 554 5.5.1 Error: no valid recipients", QUIT)),
                   "\n".join((HELLO, ENVELOPE, DATA, MESSAGE, "S: 552 5.3.4 Message too big", QUIT))])


def two_hellos(capture):
    each(capture, ["S: 220 mx.example\nC: EHLO shop.example\nS: 502 5.5.2 not known\nC: HELO shop.example\nS: 250 Ok\n"
                   "C: HELO other.example\nS: 250 Ok\nC: RSET\nS: 250 Ok\nC: EHLO third.example\nS: 250-mx.example\nS: 250 SIZE\n" + QUIT])


def probing(capture):
    names = ("root", "admin", "info", "sales", "test")
    asked = "\n".join(f"C: VRFY {name}\nS: 252 2.0.0 {name}\nC: EXPN {name}\nS: 502 5.5.2 not here" for name in names)
    each(capture, [HELLO + "\n" + asked + "\nC: MAIL FROM:<>\nS: 250 Ok\n"
                   + "\n".join(f"C: RCPT TO:<{name}@mx.example>\nS: 550 5.1.1 no such user" for name in names) + "\n" + QUIT])


def odd_paths(capture):
    paths = ("<>", "<@a.example,@b.example:user@c.example>", "<\"a@b\"@c.example>", "user@no-brackets.example", "<user@[192.0.2.1]>",
             "<user@[IPv6:2001:db8::1]>", "<postmaster>", "<user@UPPER.EXAMPLE>", "  <user@spaces.example>  SIZE=10", "<user@open.example",
             "<a@b@c.example>", "<user@b\u00fccher.example> SMTPUTF8", "<user@dot.example.>", "<" + "l" * 300 + "@long.example>",
             "<u@" + "d" * 300 + ".example>", "<u@a.example> <v@b.example>")
    each(capture, [HELLO + "".join(f"\nC: mail from:{path}\nS: 250 Ok\nC: RcPt To:{path}\nS: 250 Ok\nC: RSET\nS: 250 Ok" for path in paths)])


# ---- The end of a message


def end_marks(capture):
    marks = ("\n.\n", "\r\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r", "\r\n\0.\r\n", "\r\n..\r\n", "\r\n. \r\n")
    for number, mark in enumerate(marks):
        connection = opened(capture, number)
        connection.talk("\n".join((HELLO, ENVELOPE, DATA)))
        connection.client(f"Subject: {BODY}\r\n\r\n{BODY}{mark}MAIL FROM:<smuggled@forged.example>\r\nRCPT TO:<x@forged.example>\r\nDATA\r\n"
                          f"{BODY}\r\n.\r\n")
        connection.talk(QUEUED + "\n" + QUIT)
        connection.close()


def end_mark_split(capture):
    connection = opened(capture)
    connection.talk(HELLO)
    for cut in range(6):
        connection.talk(ENVELOPE + "\n" + DATA)
        body = f"{BODY}\r\n.\r\n"
        connection.client(body[: len(BODY) + cut])
        connection.client(body[len(BODY) + cut :])
        connection.talk(QUEUED)
    connection.close()


def body_like_a_dialogue(capture):
    body = f"C: {BODY}\nC: MAIL FROM:<a@forged.example>\nC: RCPT TO:<b@forged.example>\nC: 550 5.7.1 forged\nC: QUIT\nC: STARTTLS\nC: ..\nC: .x\nC: ."
    each(capture, ["\n".join((HELLO, ENVELOPE, DATA, body, QUEUED, QUIT))])


def empty_message(capture):
    each(capture, ["\n".join((HELLO, ENVELOPE, DATA, "C: .", QUEUED, QUIT))])


# ---- BDAT (RFC 3030)


def bdat_split(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\n" + ENVELOPE)
    said = f"BDAT 21\r\n{BODY}\r\nQUIT\r\n.\r\nBDAT 5\r\n\r\n.\r\nbdat  {len(BODY)}  last\r\n{BODY}"
    for start in range(0, len(said), 7):
        connection.client(said[start : start + 7])
    connection.talk("S: 250 2.0.0 21 octets\nS: 250 2.0.0 5 octets\n" + QUEUED + "\n" + QUIT)
    connection.close()


def bdat_zero_last(capture):
    connection = opened(capture)
    connection.talk(HELLO + "\n" + ENVELOPE)
    connection.client(f"BDAT {len(BODY)}\r\n{BODY}")
    connection.talk("S: 250 2.0.0 Ok\nC: BDAT 0 LAST\n" + QUEUED + "\n" + QUIT)
    connection.close()


def bdat_sizes(capture):
    for number, size in enumerate(("99999999999999999999", "18446744073709551615", "-1", "0x10", "", "LAST", "11 FIRST", "4294967296 LAST")):
        connection = opened(capture, number)
        connection.talk(HELLO + "\n" + ENVELOPE)
        connection.client(f"BDAT {size}\r\n{BODY}\r\nMAIL FROM:<forged@forged.example>\r\n")
        connection.talk("S: 501 5.5.4 Bad chunk size\n" + QUIT)
        connection.close()


# ---- Credentials


def auth_forms(capture):
    plain, user, password = secret64(f"\0{USER}\0{SECRET}"), secret64(USER), secret64(SECRET)
    ok, no, more = "S: 235 2.7.0 Ok", "S: 535 5.7.8 Error: authentication failed", "S: 334 "
    forms = (
        f"C: AUTH PLAIN {plain}\n{ok}",
        f"C: AUTH PLAIN\n{more}\nC: {plain}\n{no}",
        f"C: auth\tplain\t{plain}\n{ok}",
        f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: {user}\nS: 334 UGFzc3dvcmQ6\nC: {password}\n{no}",
        f"C: AUTH LOGIN {user}\nS: 334 UGFzc3dvcmQ6\nC: {password}\n{ok}",
        f"C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\nS: 501 5.7.0 cancelled\nC: AUTH PLAIN {plain}\n{ok}",
        f"C: AUTH PLAIN {USER} {SECRET}\n{no}",
        f"C: AUTH X-{SECRET} {SECRET}\nS: 504 5.5.4 Unrecognized",
        f"C: AUTHPLAIN {SECRET}\nS: 500 5.5.2 what",
        f"C: AUTH  {SECRET}\nS: 504 5.5.4 Unrecognized",
        f"C: AUTH XOAUTH2 {secret64(f'user={USER}{chr(1)}auth=Bearer {SECRET}{chr(1) * 2}')}\n{more}eyJzdGF0dXMiOiI0MDAifQ==\nC: \n{no}",
        f"C: AUTH LOGIN\nC: {user}\nC: {password}\nS: 334 VXNlcm5hbWU6\nS: 334 UGFzc3dvcmQ6\n{ok}",
        f"C: AUTH PLAIN\nC: {plain}\nS: 503 5.5.1 Error: authentication not enabled\nS: 500 5.5.2 unrecognized command",
        f"C: AUTH PLAIN {plain * 60}\nS: 500 5.5.6 too long",
        f"C: {plain}\nS: 500 5.5.2 what\nC: USER {USER}\nS: 500 5.5.2 what\nC: PASS {SECRET}\nS: 500 5.5.2 what",
    )
    each(capture, ["\n".join((HELLO, form, QUIT)) for form in forms])


def auth_split_at_every_byte(capture):
    connection = opened(capture, segment_size=1)
    connection.talk(f"{HELLO}\nC: AUTH PLAIN {secret64(chr(0) + USER + chr(0) + SECRET)}\nS: 235 2.7.0 Ok\n{QUIT}")
    connection.close()


def auth_with_a_hole(capture):
    """The server's 334 is lost in the first, the head of the client's line in the second, AUTH itself in the third."""
    plain = secret64(f"\0{USER}\0{SECRET}") + "\r\n"
    for number in range(3):
        connection = opened(capture, number)
        connection.talk(HELLO)
        if number == 2:
            connection.lose("client", b"AUTH PLAIN\r\n")
        else:
            connection.client("AUTH PLAIN\r\n")
        if number == 0:
            connection.lose("server", b"334 \r\n")
        else:
            connection.server("334 \r\n")
        if number == 1:
            connection.lose("client", plain[:9].encode())
        connection.client(plain[9:] if number == 1 else plain)
        connection.talk("S: 235 2.7.0 Ok\n" + QUIT)
        connection.close()
