# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the rules about what is said, and about what receivers say: see rules.py for what a row is."""
from observations import (BLOG, DAY, HOUR, HOST_ADDRESS, MINUTE, POSTFIX, SECOND, SHOP, began, dialogue, ended, established,
                          later, line, machine, merged, named, network, said, site, spread, together, unknown_mailbox)
from rule_cases import sure
from rule_others import inside, mail_server

WIRE = machine("wire")


def says_mail(who, flow=1):
    return lambda time, _: said(time, "mail", who, network(0), name="shop.example", flow=flow)


def greets(who, names=None, flow=1):
    """With one name of so many after the other, or with names of these."""
    def happen(time, number):
        made_up = f"mail{number % names}.bot{number % names}.test" if isinstance(names, int) else None
        name = made_up or names[number % len(names)]
        return said(time, "helo", who, network(0), name=name, extended=True, flow=flow)
    return happen


def greeting(name, who=SHOP, port=25, time=0, **where):
    return [said(time, "helo", who, network(0), name=name, extended=True, port=port, **where)]


def refused_login(who, code=535):
    return lambda time, number: said(time, "reply", who, network(number % 3), code=code, stage="auth", text="no",
                                     port=587, flow=1 + number)


HEARD = dialogue(ehlo="web1.example.net", helo_count=1)
PROBED = merged(HEARD, dialogue(mail_count=1, rcpt_count=1, quit=True))
DELIVERED = merged(HEARD, dialogue(mail_count=1, rcpt_count=1, accepted=1, quit=True))


def probes(who, networks, session=PROBED):
    return lambda time, number: ended(time, who, network(number % networks), session, flow=1 + number)


def leaves(who, with_quit=0, flow=1):
    """Sessions, the first ones of them with QUIT."""
    return lambda time, number: ended(time, who, network(0), HEARD, dialogue(quit=True) if number < with_quit else {},
                                      flow=flow + number)


def unheard(who):
    return lambda time, number: ended(time, who, network(0), HEARD, dialogue(tls="starttls"), flow=500 + number)


def scored(time=50 * MINUTE, who=SHOP):
    """Something of which a line is made, which then names the scores."""
    return greeting("localhost", who, time=time, flow=999)


def names_mailbox(who, known=0, flow=1):
    """A recipient, who is unknown but for the first ones."""
    def happen(time, number):
        rcpt = said(time, "rcpt", who, network(0), name="example.org", flow=flow + number)
        refusal = unknown_mailbox(time + 1, who, network(0), flow=flow + number)
        return [rcpt] if number < known else [rcpt, refusal]
    return happen


RECEIVERS = ("gmail", "microsoft", "yahoo", "gmx")


def refuses(class_name, who=POSTFIX, receivers=RECEIVERS, code=550):
    return lambda time, number: said(time, "reply", who, network(number % len(receivers)), code=code, stage="rcpt",
                                     text="no", receiver=receivers[number % len(receivers)], flow=1 + number,
                                     **{"class": class_name})


def answered(time=0):
    return [established(time, POSTFIX, network(0), flow=5000)]


def unanswered(count, networks, after=MINUTE, duration=sure(HOUR), who=(POSTFIX,)):
    def happen(time, number):
        return ended(after + time, who[number % len(who)], network(number % networks), began(after + time - 5 * SECOND),
                     flow=1 + number, outcome="timed_out")
    return spread(count, duration, happen)


def many(count, known, who, duration=sure(HOUR)):
    return spread(count, duration, names_mailbox(who, known))


ROWS = {
    "envelope-rate": (
        ("below", "silent", "nine MAIL in 57 s", spread(9, sure(MINUTE), says_mail(SHOP))),
        ("at", "raised high 10", "ten MAIL in 57 s", spread(10, sure(MINUTE), says_mail(SHOP))),
        ("above", "raised high 10", "30 MAIL in 57 s", spread(30, sure(MINUTE), says_mail(SHOP))),
        ("window", "silent", "ten MAIL in 60 s: the first one is over", spread(10, MINUTE, says_mail(SHOP))),
        ("keys", "silent", "nine MAIL each of two users",
         together(spread(9, sure(MINUTE), says_mail(SHOP)), spread(9, sure(MINUTE), says_mail(BLOG, 2)))),
        ("mail-server", "silent", "30 MAIL of a mail server", spread(30, sure(MINUTE), says_mail(POSTFIX))),
    ),
    "stolen-submission-passwords": (
        ("below", "silent", "four failed log-ins in 57 minutes", spread(4, sure(HOUR), refused_login(site(1)))),
        ("at", "raised high 5", "five in 57 minutes", spread(5, sure(HOUR), refused_login(site(1)))),
        ("above", "raised high 5", "ten", spread(10, sure(HOUR), refused_login(site(1)))),
        ("window", "silent", "five in an hour: the first one is over", spread(5, HOUR, refused_login(site(1)))),
        ("keys", "silent", "four each of two sites",
         together(spread(4, MINUTE, refused_login(site(1))), spread(4, MINUTE, refused_login(site(2))))),
        ("later", "silent", "ten that are to be tried again later", spread(10, MINUTE, refused_login(site(1), 454))),
    ),
    "impossible-helo": (
        ("below", "silent", "the host's own name; a provider's to its submission port; the receiver's site of its own", [
            *greeting("web1.example.net"),
            said(SECOND, "helo", SHOP, network(1), named("smtp.gmail.com"), name="gmail.com", port=587, flow=2)]),
        ("at", "raised critical 1", "a mailbox provider's name", greeting("gmail.com")),
        ("above", "raised critical 1", "again", greeting("gmail.com") + greeting("gmail.com", time=SECOND, flow=2)),
        ("receiver", "raised critical 1", "the receiver's own name",
         [said(0, "helo", SHOP, network(0), named("mx.example.org"), name="MX.example.org.", extended=True)]),
        ("recipient", "raised critical 2", "the recipient's domain",
         [*greeting("example.org"), said(1, "rcpt", SHOP, network(0), dialogue(ehlo="example.org"), name="Example.ORG")]),
    ),
    "helo-churn": (
        ("below", "silent", "two names, again and again", spread(8, sure(HOUR), greets(SHOP, 2))),
        ("at", "raised warning 3", "three names in 57 minutes", spread(3, sure(HOUR), greets(SHOP, 3))),
        ("below-critical", "raised warning 3", "four names", spread(8, sure(HOUR), greets(SHOP, 4))),
        ("above", "raised warning 3, risen critical 5", "five names in five minutes",
         spread(5, 5 * MINUTE, greets(SHOP, 5))),
        ("at-critical", "raised warning 3, raised warning 4, raised critical 5",
         "five names in 57 minutes: an alert ends in between", spread(5, sure(HOUR), greets(SHOP, 5))),
        ("window", "silent", "three names in an hour: the first one is over", spread(3, HOUR, greets(SHOP, 3))),
        ("window-critical", "raised warning 3, raised warning 4, raised warning 5",
         "five names in an hour: the first one is over", spread(5, HOUR, greets(SHOP, 5))),
        ("keys", "silent", "two names each of two sites",
         together(spread(2, MINUTE, greets(site(1), 2)), spread(2, MINUTE, greets(site(2), ["a.b.test", "c.d.test"], 2)))),
        ("own", "silent", "names of this host and of the site, and those that mean none", spread(10, MINUTE, greets(
            site(1), ["web1.example.net", "mail.example.net", "site1.example", "www.site1.example", "localhost"]))),
    ),
    "bad-helo": (
        ("below", "silent", "a name with a dot; an address of the world in brackets; localhost to a submission port", [
            *greeting("mail.shop.test"), *greeting("[203.0.113.9]", time=1, flow=2),
            *greeting("localhost", port=587, time=2, flow=3)]),
        ("at", "raised warning 1", "localhost", greeting("localhost")),
        ("above", "raised warning 1", "all others that there are, on six connections",
         [line for number, name in enumerate(("", "203.0.113.9", "[10.0.0.1]", "[what]", "server.lan", "server"))
          for line in greeting(name, time=number * SECOND, flow=1 + number)]),
    ),
    "dynamic-helo": (
        ("below", "silent", "an address that is this host's own; a common word without a number; a submission port", [
            *greeting("192-0-2-81.hoster.test"), *greeting("pool.shop.test", time=1, flow=2),
            *greeting("dsl-4.isp.test", port=587, time=2, flow=3)]),
        ("at", "raised high 1", "an address in it", greeting("203-0-113-7.isp.test")),
        ("above", "raised high 1", "and again, by a word and by hexadecimal digits", [
            *greeting("203-0-113-7.isp.test"), *greeting("host4.dsl.isp.test", time=1, flow=2),
            *greeting("p5b0f2c3d.isp.test", time=2, flow=3)]),
    ),
    "not-smtp": (
        ("below", "silent", "to a submission port; inside; by a mail server", [
            said(0, "not-smtp", SHOP, network(0), misfit="client-first", port=587),
            said(1, "not-smtp", SHOP, "10.0.0.25", misfit="client-first", scope="internal", flow=2),
            said(2, "not-smtp", POSTFIX, network(0), misfit="client-first", flow=3)]),
        ("at", "raised high 1", "the client spoke first", [said(0, "not-smtp", SHOP, network(0), misfit="client-first")]),
        ("above", "raised high 1", "and the server without a code", [
            said(0, "not-smtp", SHOP, network(0), misfit="client-first"),
            said(1, "not-smtp", SHOP, network(0), misfit="no-reply-code", flow=2)]),
    ),
    "off-port-smtp": (
        ("below", "silent", "EHLO on a port that is watched", greeting("mail.shop.test", WIRE, port=2525)),
        ("at", "raised warning 1", "EHLO on another one", [
            line(0, "off-port", WIRE, {"source": {"ip": HOST_ADDRESS, "port": 40001},
                                       "destination": {"ip": network(0), "port": 2526},
                                       "smtpwatch": {"said": {"name": "mail.shop.test", "extended": True}}})]),
        ("above", "raised warning 1", "on two ports", [
            line(port, "off-port", WIRE, {"source": {"ip": HOST_ADDRESS, "port": 40001},
                                          "destination": {"ip": network(0), "port": 2526 + port},
                                          "smtpwatch": {"said": {"name": "mail.shop.test", "extended": True}}})
            for port in range(2)]),
    ),
    "probe-only": (
        ("below", "silent", "19 sessions with five networks in 57 minutes", spread(19, sure(HOUR), probes(SHOP, 5))),
        ("at", "raised warning 20", "20 with five networks in 57 minutes", spread(20, sure(HOUR), probes(SHOP, 5))),
        ("above", "raised warning 20", "40 with 25 networks", spread(40, sure(HOUR), probes(SHOP, 25))),
        ("below-networks", "silent", "40 with four networks", spread(40, sure(HOUR), probes(SHOP, 4))),
        ("window", "silent", "20 in an hour: the first one is over", spread(20, HOUR, probes(SHOP, 5))),
        ("keys", "silent", "19 each of two users",
         together(spread(19, sure(HOUR), probes(SHOP, 5)), spread(19, sure(HOUR), probes(BLOG, 5)))),
        ("delivered", "silent", "40 that delivered", spread(40, sure(HOUR), probes(SHOP, 40, DELIVERED))),
    ),
    "no-quit": (
        ("below", "silent", "nine sessions of nine without QUIT", [*spread(9, sure(MINUTE), leaves(SHOP)), *scored()]),
        ("below-share", "silent", "49 of 99", [*spread(99, sure(HOUR), leaves(SHOP, 50)), *scored(sure(HOUR) + 1)]),
        ("unheard", "scored 31", "five of ten, and 20 more under TLS, which say nothing", [
            *spread(20, MINUTE, unheard(SHOP)), *later(spread(10, MINUTE, leaves(SHOP, 5)), 2 * MINUTE), *scored()]),
        ("at", "scored 11", "five of ten", [*spread(10, sure(HOUR), leaves(SHOP, 5)), *scored(sure(HOUR) + 1)]),
        ("above", "scored 31", "30 of 30", [*spread(30, sure(HOUR), leaves(SHOP)), *scored(sure(HOUR) + 1)]),
        ("window", "silent", "ten in an hour: the first one is over", [*spread(10, HOUR, leaves(SHOP)), *scored(HOUR + 1)]),
        ("keys", "silent", "nine each of two users", [
            *together(spread(9, MINUTE, leaves(SHOP)), spread(9, MINUTE, leaves(BLOG, flow=100))),
            *scored(), *scored(51 * MINUTE, BLOG)]),
        ("left-alone", "silent", "ten of ten inside, and ten of ten of a mail server", [
            *map(inside, spread(10, MINUTE, leaves(SHOP))),
            *later(map(mail_server, spread(10, MINUTE, leaves(SHOP, flow=100))), 2 * MINUTE), *scored()]),
        ("alone", "silent", "30 of 30, and nothing else: a score makes no line", spread(30, sure(HOUR), leaves(SHOP))),
    ),
    "unknown-recipients": (
        ("below", "silent", "four of four", many(4, 0, POSTFIX)),
        ("below-share", "silent", "49 of 99", many(99, 50, POSTFIX)),
        ("at", "raised warning 15", "five of ten in 57 minutes", many(10, 5, POSTFIX)),
        ("above", "raised warning 10, risen critical 200", "100 of 100 in 57 minutes", many(100, 0, POSTFIX)),
        ("below-tenth", "silent", "100 of 1001", many(1001, 901, POSTFIX)),
        ("at-tenth", "raised critical 1100", "100 of 1000 in 57 minutes", many(1000, 900, POSTFIX)),
        ("window", "silent", "five of five in an hour: the first one is over", many(5, 0, POSTFIX, HOUR)),
        ("window-critical", "raised warning 10", "100 of 100 in an hour: the first one is over",
         many(100, 0, POSTFIX, HOUR)),
        ("keys", "silent", "four each of two users",
         together(many(4, 0, POSTFIX), spread(4, sure(HOUR), names_mailbox(SHOP, flow=100)))),
    ),
    "unknown-recipients-application": (
        ("below", "silent", "99 of 1100", many(1100, 1001, SHOP)),
        ("at", "raised critical 1200", "100 of 1100 in 57 minutes", together(
            spread(100, sure(HOUR), names_mailbox(SHOP)),
            later(spread(1000, 2 * SECOND, names_mailbox(SHOP, 1000, flow=2000)), SECOND))),
        ("above", "raised critical 1200", "200 of 1200", many(1200, 1000, SHOP)),
        ("window", "raised warning 1300", "100 in an hour: the first one is over, and so are the others' recipients",
         [*spread(1100, 2 * SECOND, names_mailbox(SHOP, 1100)),
          *later(spread(100, HOUR, names_mailbox(SHOP, flow=2000)), 3 * SECOND)]),
        ("keys", "silent", "99 each of two users",
         together(many(1100, 1001, SHOP), spread(1100, sure(HOUR), names_mailbox(BLOG, 1001, flow=2000)))),
        ("mail-server", "silent", "200 of 2200 of a mail server", many(2200, 2000, POSTFIX)),
    ),
    "blocked": (
        ("below", "silent", "replies of every other class; one from inside", [
            *spread(7, HOUR, lambda time, number: refuses(
                ("NONE", "PTR", "AUTH", "HELO", "POLICY", "RECEIVER", "IGNORE")[number])(time, 0)),
            said(2 * HOUR, "reply", POSTFIX, "10.0.0.25", code=550, stage="rcpt", text="no", scope="internal",
                 **{"class": "BLOCK"})]),
        ("at", "raised high 1", "one receiver", spread(1, 0, refuses("BLOCK"))),
        ("below-receivers", "raised high 1", "two receivers, again and again",
         spread(8, 5 * MINUTE, refuses("DNSBL", receivers=RECEIVERS[:2]))),
        ("above", "raised high 1, risen critical 3", "three receivers in five minutes",
         spread(3, 5 * MINUTE, refuses("BLOCK"))),
        ("at-receivers", "raised high 1, raised high 2, raised critical 3",
         "three receivers in 22.8 hours: an alert ends in between", spread(3, sure(DAY), refuses("BLOCK"))),
        ("window", "raised high 1, raised high 2, raised high 3", "three in a day: the first one is over",
         spread(3, DAY, refuses("BLOCK"))),
        ("keys", "raised high 1, risen critical 3", "it is the host's, whoever was delivering", [
            refuses("BLOCK", who)(number * SECOND, number) for number, who in enumerate((POSTFIX, SHOP, BLOG))]),
    ),
    "throttled": (
        ("below", "silent", "four replies of one receiver in 57 minutes",
         spread(4, sure(HOUR), refuses("TEMP", receivers=RECEIVERS[:1], code=421))),
        ("at", "raised warning 2", "two receivers in 57 minutes", spread(2, sure(HOUR), refuses("TEMP", code=421))),
        ("above", "raised warning 2", "four receivers", spread(4, 5 * MINUTE, refuses("TEMP", code=421))),
        ("at-replies", "raised warning 5", "five replies of one receiver in 57 minutes",
         spread(5, sure(HOUR), refuses("TEMP", receivers=RECEIVERS[:1], code=421))),
        ("window", "silent", "two receivers in an hour: the first one is over",
         spread(2, HOUR, refuses("TEMP", code=421))),
        ("window-replies", "silent", "five replies in an hour: the first one is over",
         spread(5, HOUR, refuses("TEMP", receivers=RECEIVERS[:1], code=421))),
        ("keys", "raised warning 2", "it is the host's, whoever was delivering", [
            refuses("TEMP", who, code=421)(number * SECOND, number) for number, who in enumerate((POSTFIX, SHOP))]),
    ),
    "went-silent": (
        ("below", "silent", "nine connections to three networks", answered() + unanswered(9, 3)),
        ("at", "raised high 11", "ten to three networks in 57 minutes", answered() + unanswered(10, 3)),
        ("above", "raised high 11", "20 to 20 networks", answered() + unanswered(20, 20)),
        ("below-networks", "silent", "20 to two networks", answered() + unanswered(20, 2)),
        ("window", "silent", "ten in an hour: the first one is over", answered() + unanswered(10, 3, duration=HOUR)),
        ("keys", "raised high 11", "it is the host's, whoever was delivering",
         answered() + unanswered(10, 3, who=(POSTFIX, SHOP))),
        ("never", "silent", "20 where nobody ever answered", unanswered(20, 20)),
        ("day-before", "silent", "20 more than a day after somebody answered",
         answered() + unanswered(20, 20, after=DAY + MINUTE)),
        ("answered-between", "silent", "nine, an answer, nine", [
            *answered(), *unanswered(9, 9, duration=MINUTE), *answered(10 * MINUTE),
            *unanswered(9, 9, after=11 * MINUTE, duration=MINUTE)]),
    ),
}
