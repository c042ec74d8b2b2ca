#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""days.py DAY [--shift DAYS] [--disorder] [--boot] [--restart]: recorded observations of a day, always the same.

slow     a spammer of 17 connections an hour, each to another network, polite in all
honest   two hundred sites with an account at a provider each, and a mail server that delivers to 500 domains
busy     many rules alert, some of them for hours
wide     more networks than are counted one by one
two      the busy day twice, and around midnight a submission every 19 s

--shift     so many days later
--disorder  as the daemon writes them: what is said is told later than it was, and an end a second later
--boot      with the time since the host started too
--restart   the same, and at the second midnight the host is started anew
"""
import argparse
import datetime
import random
import sys

sys.dont_write_bytecode = True  # nothing is left in the source tree

from observations import (BLOG, DAY, HOUR, MINUTE, POSTFIX, SECOND, SHOP, attempt, began, changed, dialogue, ended,
                          established, later, merged, named, network, process, said, site, spread, submission, timestamp,
                          together, unknown_mailbox, written)
from rule_cases import CRON, connects, hands_over, webshell
from rule_cases_said import RECEIVERS, greets, names_mailbox, refuses

FIRST_BOOT = 5123456  # milliseconds before the day in which the host was started
SECOND_BOOT = 31007
MIDNIGHT = DAY - 8 * HOUR  # days here begin at 8, and a bit, as observations.FIRST


# ---- Connections from their attempt to their end

def session(time, who, number, name, domain, messages=1, refusal=None):
    """Mail to one domain on port 25, in clear. What was said is known of each line so far."""
    address, flow = network(number), 1 + number
    heard = dialogue(banner=f"mx.{domain} ESMTP", banner_code=220, ehlo=name, helo_count=1, mail_domain=name,
                     mail_count=messages, rcpt_domain=domain, rcpt_count=messages)
    lines = [
        attempt(time, who, address, flow=flow),
        established(time + 20, who, address, flow=flow),
        said(time + 40, "banner", who, address, flow=flow, text=f"mx.{domain} ESMTP", code=220),
        said(time + 60, "helo", who, address, heard, flow=flow, name=name, extended=True)]
    for message in range(messages):
        at = time + 100 + 200 * message
        lines += [said(at, "mail", who, address, heard, flow=flow, name=name),
                  said(at + 20, "rcpt", who, address, heard, flow=flow, name=domain)]
        lines += ([refusal(at + 40, who, address, heard, flow=flow)] if refusal else
                  [said(at + 40, "message", who, address, heard, flow=flow, bytes=2000, code=250)])
    done = dialogue(quit=True, **({"refusals": messages} if refusal else {"accepted": messages}))
    at = time + 100 + 200 * messages
    return [*lines, said(at, "quit", who, address, heard, done, flow=flow),
            ended(at + 40, who, address, heard, done, flow=flow)]


def submits(time, who, number, provider):
    """Mail to an account at a provider, under TLS."""
    address, flow = network(600 + provider), 100000 + number
    where = {"flow": flow, "port": 587}
    name = named(f"smtp{number % 3}.provider{provider}.example")
    return [
        attempt(time, who, address, name, **where), established(time + 20, who, address, name, **where),
        said(time + 40, "helo", who, address, name, name="web1.example.net", extended=True, **where),
        said(time + 60, "tls", who, address, name, dialogue(tls="starttls"), tls="starttls", **where),
        ended(time + 900, who, address, name, dialogue(tls="starttls"), **where)]


def greylisted(time, who, address, *parts, **where):
    return said(time, "reply", who, address, *parts, code=450, enhanced="4.2.0", stage="rcpt", text="greylisted", **where)


# ---- Days

def delivers_as(who, name, first=0):
    return lambda time, number: session(time, who, first + number, name, f"domain{number}.example")


def slow():
    return spread(17 * 24, DAY - DAY // (17 * 24), delivers_as(SHOP, "mail.shop.test"))


def honest_refusal(number):
    """Each fortieth mailbox is not there any more, each thirtieth server wants to be asked again later."""
    return unknown_mailbox if number % 40 == 7 else greylisted if number % 30 == 11 else None


def honest():
    def delivers(time, number):
        return session(time, POSTFIX, number % 500, "mail.example.net", f"domain{number % 500}.example",
                       1 + number % 3, honest_refusal(number))

    def sends(time, number):
        return submits(time, site(number % 200), number, number % 200 % 7)

    def mails(time, number):
        return submission(time, site(number % 200, "public/contact.php"))
    return together(spread(1500, DAY, delivers), spread(1000, DAY, sends), spread(800, DAY, mails))


def silent(time, number):
    return ended(time, POSTFIX, network(number), began(time - 5 * SECOND), flow=1 + number, outcome="timed_out")


def busy():
    cleaner = changed(process(33, "www-data", "/usr/bin/perl", pid=6000), parent={"pid": 1}, start=timestamp(-HOUR))
    bot = changed(process(1044, "forum", "/usr/bin/perl", pid=6001), name="httpd")
    wiki = process(1045, "wiki", "/usr/bin/python3", pid=6002)
    parts = (
        (HOUR, spread(3, 9 * MINUTE, connects(SHOP))),
        (2 * HOUR, spread(40, MINUTE, connects(SHOP, networks=25))),
        (3 * HOUR, spread(35, 9 * MINUTE, hands_over(site(1)))),
        (4 * HOUR, spread(120, 50 * MINUTE, hands_over(site(2)))),
        (5 * HOUR, spread(4, 5 * MINUTE, refuses("BLOCK"))),
        (6 * HOUR, spread(4, 5 * MINUTE, refuses("TEMP", receivers=RECEIVERS[2:], code=421))),
        (7 * HOUR, spread(6, 6 * MINUTE, greets(BLOG, 6))),
        (8 * HOUR, spread(14, 30 * MINUTE, names_mailbox(POSTFIX, 2))),
        (9 * HOUR, spread(5, 5 * MINUTE, webshell)),
        (10 * HOUR, spread(140, 7 * HOUR, connects(BLOG))),
        (18 * HOUR, spread(2, MINUTE, connects(cleaner))),
        (19 * HOUR, [established(0, POSTFIX, network(0), flow=9000), *later(spread(12, 20 * MINUTE, silent), MINUTE)]),
        (21 * HOUR, spread(12, 30 * SECOND, connects(bot))),
        (22 * HOUR, together(
            spread(25, 20 * SECOND, delivers_as(wiki, "localhost")),
            spread(60, 20 * SECOND, delivers_as(POSTFIX, "mail.example.net", first=300)),
            spread(120, 20 * SECOND, hands_over(site(3))))),
    )
    return together(*(later(lines, start) for start, lines in parts))


def wide():
    return spread(100, 5 * MINUTE, connects(SHOP))


def two():
    burst = later(spread(31, 31 * 19 * SECOND, hands_over(CRON)), MIDNIGHT - 5 * MINUTE)
    return together(busy(), burst, later(busy(), DAY))


# ---- What is done to them

def moment(line):
    return datetime.datetime.fromisoformat(line["@timestamp"])


def since(line, start):
    return round((moment(line) - start).total_seconds() * SECOND)


DELAYS = {"attempt": 5, "established": 10, "submission": 50, "end": 1000}  # milliseconds


def disordered(lines):
    """Each by a random time later, the longest of its kind; but what belongs to one connection stays in its order."""
    chance = random.Random(17)
    start = moment(lines[0])
    latest = {}
    late = []
    for number, line in enumerate(lines):
        flow = line["smtpwatch"].get("flow", number)
        at = since(line, start) + chance.random() * DELAYS.get(line["event"]["action"], 300)
        latest[flow] = max(at, latest.get(flow, 0))
        late.append((latest[flow], number, line))
    return [line for *_, line in sorted(late, key=lambda told: told[:2])]


def clocked(lines, restarts):
    """With the host's clock, which begins anew at midnight or not."""
    start = moment(lines[0])
    times = [since(line, start) for line in lines]
    began_anew = [restarts and time >= MIDNIGHT for time in times]
    boots = [SECOND_BOOT - MIDNIGHT if anew else FIRST_BOOT for anew in began_anew]
    return [merged(line, own_clock(line, start, time, boot)) for line, time, boot in zip(lines, times, boots)]


def own_clock(line, start, time, boot):
    own = {"time_ns": (time + boot) * 1000000}
    if "started_ns" in line["smtpwatch"]:
        own["started_ns"] = (since({"@timestamp": line["event"]["start"]}, start) + boot) * 1000000
    return {"smtpwatch": own}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    days = {"slow": slow, "honest": honest, "busy": busy, "wide": wide, "two": two}
    parser.add_argument("day", choices=days)
    parser.add_argument("--shift", type=int, default=0)
    for flag in ("disorder", "boot", "restart"):
        parser.add_argument(f"--{flag}", action="store_true")
    wanted = parser.parse_args()
    lines = later(days[wanted.day](), wanted.shift * DAY)
    if wanted.boot or wanted.restart:
        lines = clocked(lines, wanted.restart)
    if wanted.disorder:
        lines = disordered(lines)
    sys.stdout.write(written(lines))


main()
