#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What a daemon would tell of invented hosts, at invented times: DIRECTORY/NAME.jsonl, the same each time.

usage: streams.py DIRECTORY
"""

import json
import os
import sys

NOW = 1795317124.25  # 2026-11-22 03:12:04 UTC
STRETCH = 10
VERDICTS = ["application", "relay", "mta", "allowed", "suspicious", "direct-to-mx"]
GROUPINGS = ["script", "user", "process", "unit", "destination", "receiver"]


def counts(smtp, failed=0, accepted=0, refused=0, submission=0, submissions=0):
    return {
        "attempts": smtp + submission,
        "ports": {"25": smtp, "465": 0, "587": submission, "other": 0},
        "failed": failed,
        "accepted": accepted,
        "refused": refused,
        "refusals": refused + refused // 6,
        "submissions": submissions,
    }


def head(now, attempts, total, **changed):
    series = [19 + 2 * ((i * 7 + i * i) % 23) if attempts else 0 for i in range(90)]
    return {
        "head": {
            "now": now,
            "host": "web1.example",
            "version": "0.1.0",
            "kernel": "6.1.0-30-amd64",
            "pid": 812,
            "started": NOW - 86400 * 3 - 7200,
            "attached": "connect, exec, fork",
            "capture": "running",
            "health": "ok",
            "health_text": "",
            "lost": {"records": 0, "packets": 0, "lines": 0},
            "thinned": 0,
            "since": NOW - 86400 * 3 - 7200,
            "all": counts(attempts + 3298 if attempts else 0, 114, attempts * 2, attempts // 5),
            "today": counts(attempts, attempts * 61 // 1000, attempts * 617 // 1000, attempts * 204 // 1000),
            "destinations_today": 46,
            "receivers_today": 19,
            "open": 4,
            "series": {"stretch": STRETCH, "newest": int(now) // STRETCH, "counts": series},
            "total": {by: total.get(by, 0) for by in GROUPINGS},
            "forgotten": {},
            **changed,
        }
    }


def row(number, by, verdict, name, at, **more):
    return {
        "row": number,
        "revision": number,
        "by": by,
        "verdict": verdict,
        "name": name,
        "counts": counts(1),
        "open": 0,
        "destinations": 1,
        "first": at - 3600,
        "last": at,
        "recent": {"newest": int(NOW) // STRETCH, "counts": [0] * 7},
        **more,
    }


def recent(*values):
    return {"newest": int(NOW) // STRETCH, "counts": list(values) + [0] * (7 - len(values))}


SPAMMER = {
    "user": "shop42",
    "uid": 1042,
    "process": "php-fpm8.2",
    "pid": 4121,
    "executable": "/usr/sbin/php-fpm8.2",
    "unit": "php8.2-fpm.service",
    "site": "shop42.example",
    "script": "/var/www/shop42.example/wp-content/uploads/2026/11/x.php",
    "url": "/wp-content/uploads/2026/11/x.php",
    "helo": "localhost",
    "reply": "550 5.7.1 Service unavailable; client [192.0.2.81] blocked",
    "alert": {"rule": "direct-to-mx", "severity": "critical", "incident": "j1wdvb", "active": True},
    "counts": counts(1184, 31, 702, 288),
    "open": 3,
    "destinations": 212,
    "estimated": True,
    "first": NOW - 1260,
    "last": NOW - 0.5,
    "recent": recent(12, 41, 38, 44, 40, 37, 39),
}
FORM = {
    "user": "blog7",
    "uid": 1007,
    "process": "php-fpm8.2",
    "pid": 4090,
    "executable": "/usr/sbin/php-fpm8.2",
    "unit": "php8.2-fpm.service",
    "site": "blog7.example",
    "script": "/var/www/blog7.example/contact.php",
    "url": "/contact.php",
    "helo": "web1.example",
    "counts": counts(0, 0, 9, 0, submission=9, submissions=4),
    "destinations": 1,
    "first": NOW - 7200,
    "last": NOW - 310,
}
CRAWLER = {
    "user": "crawl",
    "uid": 998,
    "process": "node",
    "pid": 2290,
    "executable": "/usr/bin/node",
    "unit": "verify.service",
    "container": "verify",
    "script": "/srv/verify/probe.js",
    "alert": {"rule": "probe-only", "severity": "warning", "incident": "q8rt2m", "active": False},
    "counts": counts(96, 61, 0, 22),
    "destinations": 84,
    "first": NOW - 5400,
    "last": NOW - 41,
    "recent": recent(0, 0, 0, 0, 3, 4),
}
NEWSLETTER = {
    "user": "news",
    "uid": 1011,
    "process": "python3",
    "pid": 3300,
    "executable": "/usr/bin/python3.11",
    "unit": "newsletter.service",
    "script": "/opt/newsletter/send.py",
    "helo": "news.example",
    "counts": counts(240, 2, 236, 4),
    "destinations": 38,
    "first": NOW - 3000,
    "last": NOW - 12,
    "recent": recent(2, 4, 5, 3, 4, 4, 4),
}
POSTFIX = {
    "user": "postfix",
    "uid": 101,
    "process": "smtp",
    "pid": 1201,
    "executable": "/usr/lib/postfix/sbin/smtp",
    "unit": "postfix@-.service",
    "helo": "web1.example",
    "counts": counts(3310, 20, 3278, 12),
    "open": 1,
    "destinations": 640,
    "estimated": True,
    "first": NOW - 86400 * 3,
    "last": NOW - 2,
    "recent": recent(1, 2, 0, 3, 1, 1, 2),
}
CRON = {
    "user": "root",
    "uid": 0,
    "process": "msmtp",
    "pid": 5120,
    "executable": "/usr/bin/msmtp",
    "unit": "cron.service",
    "counts": counts(0, 0, 2, 0, submission=2),
    "destinations": 1,
    "first": NOW - 43200,
    "last": NOW - 11504,
}

ACTORS = [  # who, verdict
    (SPAMMER, "direct-to-mx"),
    (CRAWLER, "suspicious"),
    (NEWSLETTER, "allowed"),
    (FORM, "application"),
    (POSTFIX, "mta"),
    (CRON, "relay"),
]


def name_of(actor, by):
    if by == "script":
        return actor.get("script", actor["executable"])
    if by == "process":
        return f"{actor['process']}[{actor['pid']}]"
    return actor["unit" if by == "unit" else "user"]


def rows_of(by):
    numbers = 100 * (GROUPINGS.index(by) + 1)
    seen = {}
    for actor, verdict in ACTORS:
        name = name_of(actor, by)
        if name not in seen:
            seen[name] = row(numbers + len(seen), by, verdict, name, NOW, **actor)
    return list(seen.values())


DESTINATIONS = [
    ("203.0.113.25", "mx1.mail.example", "direct-to-mx", 640, 22, 3),
    ("198.51.100.25", "mx.post.example", "direct-to-mx", 401, 260, 2),
    ("203.0.113.99", None, "suspicious", 61, 0, 1),
    ("192.0.2.25", "smarthost.example", "application", 11, 0, 2),
    ("2001:db8:25::25", "mx6.mail.example", "mta", 88, 0, 1),
]


def destinations():
    for i, (address, domain, verdict, attempts, refused, users) in enumerate(DESTINATIONS):
        more = {"domain": domain} if domain else {}
        yield row(
            500 + i,
            "destination",
            verdict,
            address,
            NOW - 3 * i,
            counts=counts(attempts, 4 * i, attempts - refused - 4 * i, refused),
            destinations=users,
            user="shop42" if verdict == "direct-to-mx" else "postfix",
            recent=recent(attempts // 50, attempts // 60),
            **more,
        )


def receivers():
    for i, (name, verdict, attempts, refused) in enumerate(
        [("mail.example", "direct-to-mx", 728, 22), ("post.example", "direct-to-mx", 401, 260),
         ("203.0.113.0/24", "suspicious", 61, 0), ("smarthost.example", "application", 11, 0)]
    ):
        yield row(600 + i, "receiver", verdict, name, NOW - 3 * i, counts=counts(attempts, i, 0, refused), destinations=4 - i,
                  recent=recent(attempts // 50, attempts // 60))


def rows(by, listed):
    return {"rows": {"by": by, "revision": 999, "oldest": 0, "rows": list(listed)}}


def alert(time, rule, severity, action, actor, destination, **own):
    line = {
        "@timestamp": f"2026-11-22T{time}Z",
        "event": {"kind": "alert", "action": action, "start": "2026-11-22T02:51:04.250Z"},
        "log": {"level": severity},
        "rule": {"id": rule, "description": REASONS[rule], "reference": "catalogue.conf"},
        "process": {
            "pid": actor["pid"],
            "name": actor["process"],
            "executable": actor["executable"],
            "command_line": "php-fpm: pool shop42",
            "parent": {"pid": 812, "name": "php-fpm8.2", "user": {"id": "0"}},
        },
        "user": {"id": str(actor["uid"]), "name": actor["user"]},
        "destination": {"ip": destination, "port": 25},
        "smtpwatch": {"role": "application", "unit": actor["unit"], "news": True, **own},
    }
    if "script" in actor:
        line["smtpwatch"]["script"] = {"path": actor["script"], "source": "php-request"}
        if "url" in actor:
            line["smtpwatch"]["script"].update(url=actor["url"], method="POST")
    return {"alert": line}


REASONS = {
    "direct-to-mx": "what is no mail server delivers straight to the receivers",
    "mx-fanout": "mail to many networks within minutes",
    "probe-only": "a program that asks many mail exchangers and says nothing",
    "blocked": "receivers refuse this host",
}


def incident(name, severity, *rules):
    return {"incident": name, "incident_severity": severity, "incident_rules": list(rules), "incident_count": 1184,
            "incident_start": "2026-11-22T02:51:04.250Z"}


def alerts():
    probing = incident("q8rt2m", "warning", "probe-only")
    spam = incident("j1wdvb", "critical", "direct-to-mx", "mx-fanout", "blocked")
    yield alert("01:42:11.000", "probe-only", "warning", "raised", CRAWLER, "203.0.113.99", count=20, **probing)
    yield alert("02:42:11.000", "probe-only", "warning", "ended", CRAWLER, "203.0.113.99", count=96, **probing)
    yield alert("02:51:04.250", "direct-to-mx", "warning", "raised", SPAMMER, "203.0.113.25", count=1, **spam)
    yield alert("02:53:30.000", "direct-to-mx", "high", "risen", SPAMMER, "198.51.100.25", count=3, networks=3, **spam)
    yield alert("02:58:00.500", "mx-fanout", "critical", "raised", SPAMMER, "203.0.113.25", count=10, networks=10, **spam)
    yield alert("03:05:41.000", "blocked", "high", "raised", SPAMMER, "198.51.100.25", count=1,
                evidence="2 receivers refuse this host", **spam)


def children():
    processes = [
        row(301, "process", "direct-to-mx", "php-fpm8.2[4121]", NOW, **{**SPAMMER, "counts": counts(900, 20, 500, 200)}),
        row(302, "process", "direct-to-mx", "php-fpm8.2[4133]", NOW, **{**SPAMMER, "pid": 4133, "counts": counts(284, 11, 202, 88)}),
    ]
    yield {"children": {"row": 100, "by": "process", "total": 2, "rows": processes}}
    yield {"children": {"row": 200, "by": "process", "total": 2, "rows": processes}}
    yield {"children": {"row": 301, "by": "flow", "total": 340, "flows": list(flows())}}
    yield {"children": {"row": 500, "by": "flow", "total": 3, "flows": list(flows())}}


def flow(number, remote, domain, started, **more):
    return {"flow": number, "local": f"192.0.2.81:{40000 + number}", "remote": remote, "domain": domain,
            "started": started, "open": False, "helo": "localhost", **more}


def flows():
    yield flow(4711, "203.0.113.25:25", "mx1.mail.example", NOW - 0.5, open=True, tls="starttls", accepted=1)
    yield flow(4710, "198.51.100.25:25", "mx.post.example", NOW - 4, outcome="closed", duration=1.21, code=550, refused=1,
               bytes_sent=812, bytes_received=420)
    yield flow(4709, "203.0.113.99:25", None, NOW - 9, outcome="refused", error="ECONNREFUSED", duration=0.02)


def actor_of(who):
    return alert("03:12:04.250", "direct-to-mx", "critical", "raised", who, "203.0.113.25")["alert"]


def detail(of):
    actor = actor_of(SPAMMER)
    actor["process"]["working_directory"] = "/var/www/shop42.example"
    actor["smtpwatch"]["ancestors"] = [{"pid": 1, "name": "systemd", "user": {"id": "0"}}]
    return {
        "detail": {
            "row": of,
            "actor": actor,
            "helo": ["localhost", "shop42.example", "[192.0.2.81]"],
            "replies": [
                {"at": NOW - 4, "code": 550, "class": "BLOCK", "receiver": "post",
                 "text": "5.7.1 Service unavailable; client [192.0.2.81] blocked, see https://lists.example/192.0.2.81"},
                {"at": NOW - 30, "code": 421, "class": "TEMP", "text": "4.7.0 too many connections, try again later"},
            ],
        }
    }


def explain():
    lines = [message["alert"] for message in alerts() if message["alert"]["smtpwatch"]["incident"] == "j1wdvb"]
    return {"explain": {"incident": "j1wdvb", "lines": lines}}


TOTAL = {"script": 6, "user": 6, "process": 6, "unit": 5, "destination": 5, "receiver": 4}


def busy():
    yield head(NOW, 1543, TOTAL)
    for by in GROUPINGS[:4]:
        yield rows(by, rows_of(by))
    yield rows("destination", destinations())
    yield rows("receiver", receivers())
    yield from alerts()
    yield from children()
    yield detail(rows_of("script")[0])
    yield detail(rows_of("user")[0])
    yield explain()


def later():
    """The same host, a minute later, by a daemon that counts anew."""
    yield head(NOW + 60, 1600, TOTAL)
    moved = [{**listed, "row": listed["row"] + 50} for listed in rows_of("user")]
    moved[0]["counts"] = counts(1239, 33, 735, 300)
    moved[0]["last"] = NOW + 59
    yield rows("user", reversed(moved))
    first = next(children())["children"]
    yield {"children": {**first, "row": moved[0]["row"]}}


def empty():
    yield head(NOW, 0, {})
    for by in GROUPINGS:
        yield rows(by, [])


def blind():
    yield head(
        NOW,
        1543,
        TOTAL,
        health="blind",
        health_text="capture: the capture process ended",
        capture="ended",
        lost={"records": 120, "packets": 4096, "lines": 3},
        thinned=77,
    )
    yield rows("script", rows_of("script"))


# What a process, a script or a greeting may be called; not escaped, as no daemon should send it.
HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "line\none\rback\x08\x08\ttab\x7f\x9b31m",
    "\u8acb\u652f\u6255\u767c\u7968\u3002\u516c\u53f8\u540d\u7a31\u5f88\u9577\u5f88\u9577\u5f88\u9577\u7684\u540d\u5b57",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u0334\u0319\u0324a\u0308\u0301\u0300lgo",
    "/var/www/\u202egpj.php\u202c\u2066hidden\u2069\u200f.txt",
    "\ufeff\u200b\u200d\u00ad\u2028next\u2029line\ue000",
    "\U0001f4e7\U0001f468\u200d\U0001f469\u200d\U0001f467 mail",
    "%s%n%x $(reboot) `id` ; rm -rf",
]


def hostile():
    names = list(enumerate(HOSTILE))
    yield head(NOW, 1543, {"script": len(names)}, host=HOSTILE[0], kernel=HOSTILE[1], health_text=HOSTILE[4])
    listed = [
        row(700 + i, "script", VERDICTS[5 - i % 6], name, NOW - i, user=name, process=name, unit=name, script=name, site=name,
            executable=name, url=name, helo=name, reply=name, pid=7000 + i, recent=recent(8 - i),
            alert={"rule": name, "severity": "high", "incident": "j1wdvb", "active": True})
        for i, name in names
    ]
    yield rows("script", listed)
    for i, name in names:
        actor = {"user": name, "uid": 1042, "process": name, "pid": 7000 + i, "executable": name, "unit": name, "script": name, "url": name}
        message = alert("03:12:04.250", "direct-to-mx", "high", "raised", actor, "203.0.113.25", **incident("j1wdvb", "high", "direct-to-mx"))
        message["alert"]["process"]["command_line"] = name
        yield message
        if i == 0:
            yield {"detail": {"row": listed[0], "actor": message["alert"], "helo": HOSTILE,
                              "replies": [{"at": NOW, "code": 550, "class": name, "text": each} for each in HOSTILE]}}
            yield {"explain": {"incident": "j1wdvb", "lines": [message["alert"]]}}


def crowd():
    """More than a screen has lines for."""
    yield head(NOW, 1543, {"script": 300}, forgotten={"script": 12})
    yield rows("script", [
        row(1000 + i, "script", VERDICTS[i % 6], f"/var/www/site{i:03}/index.php", NOW - i, user=f"site{i:03}",
            counts=counts(3 * i), recent=recent(i % 50))
        for i in range(300)
    ])


STREAMS = [busy, later, empty, blind, hostile, crowd]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for stream in STREAMS:
        with open(os.path.join(sys.argv[1], stream.__name__ + ".jsonl"), "w", encoding="utf-8") as file:
            for message in stream():
                file.write(json.dumps(message) + "\n")


if __name__ == "__main__":
    main()
