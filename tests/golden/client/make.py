#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What daemon.py is to say: make.py DIRECTORY writes NAME.script for each case of client.t."""
import json
import sys

ALERT = {
    "@timestamp": "2026-11-20T03:12:04.123Z",
    "event": {"kind": "alert", "action": "raised", "severity": 4, "start": "2026-11-20T03:12:04.123Z"},
    "log": {"level": "critical"},
    "rule": {"id": "direct-to-mx", "description": "what is no mail server delivers straight to the receivers"},
    "process": {"pid": 4121, "name": "php-fpm8.2", "executable": "/usr/sbin/php-fpm8.2"},
    "user": {"id": "1042", "name": "shop42"},
    "destination": {"ip": "203.0.113.25", "port": 25, "domain": "mx1.gmail.example"},
    "smtpwatch": {
        "role": "application",
        "script": {"path": "/var/www/shop42/x.php", "url": "/x.php"},
        "incident": "k3x9ab",
        "incident_severity": "critical",
        "incident_rules": ["direct-to-mx"],
        "incident_count": 1,
        "incident_start": "2026-11-20T03:12:04.123Z",
        "count": 3,
        "evidence": "2 networks",
    },
}


def changed(message, **paths):
    """A copy in which some values are others, None: taken away; a__b stands for a.b."""
    copy = json.loads(json.dumps(message))
    for path, value in paths.items():
        *parents, name = path.split("__")
        at = copy
        for parent in parents:
            at = at.setdefault(parent, {})
        if value is None:
            at.pop(name, None)
        else:
            at[name] = value
    return copy


HOSTILE = "\x1b[2J\x9b\u202egpj.exe\u200b\\x1b"

ALERTS = [
    ALERT,
    changed(
        ALERT,
        **{"@timestamp": "2026-11-20T03:13:00.000Z"},
        event__action="ended",
        log__level="high",
        rule__id="forwarded",
        process=None,
        user=None,
        smtpwatch={"origin": "forwarded", "incident": "9machn", "count": 1},
        source={"ip": "10.0.3.7"},
        destination={"ip": "2001:db8::25", "port": 25},
    ),
    changed(
        ALERT,
        **{"@timestamp": "2026-11-20T03:14:00.000Z"},
        log__level="warning",
        rule__id="mx-lookups",
        user={"id": "1043"},
        process__executable="/usr/bin/perl" + HOSTILE,
        smtpwatch={"incident": "abcdef", "count": 1, "evidence": "MX of " + HOSTILE},
        destination=None,
    ),
    changed(ALERT, **{"@timestamp": "2026-11-20T03:15:00.000Z"}, log__level="info", rule__id="größe", user__name="日本語"),
    {"@timestamp": 7, "event": "none", "smtpwatch": [1]},
]


def event(action, time, **paths):
    line = changed(ALERT, **{"@timestamp": f"2026-11-20T{time}.000Z"}, rule=None, log=None)
    line["event"] = {"kind": "event", "action": action}
    line["smtpwatch"] = {"script": {"path": "/var/www/shop42/x.php"}}
    return changed(line, **paths)


EVENTS = [
    event("attempt", "03:12:04"),
    event(
        "end",
        "03:12:05",
        event__duration=212000000,
        smtpwatch__outcome="closed",
        smtpwatch__dialogue={"ehlo": "localhost", "accepted": 1, "refused": 2},
        smtpwatch__reply={"code": 550, "enhanced": "5.7.1", "text": "go away", "class": "BLOCK"},
    ),
    event("reply", "03:12:06", smtpwatch__reply={"code": 421, "text": "try " + HOSTILE}),
    event(
        "submission",
        "03:12:07",
        destination=None,
        smtpwatch={},
        process={"pid": 77, "name": "sendmail", "executable": "/usr/sbin/sendmail", "command_line": "sendmail -t -i"},
        user={"id": "33", "name": "www-data"},
    ),
    event("attempt", "03:12:08", destination={"ip": "198.51.100.7", "port": 587}, smtpwatch__adopted=True),
]

COUNTS = {
    "attempts": 120,
    "ports": {"25": 118, "465": 0, "587": 2, "other": 0},
    "failed": 3,
    "accepted": 88,
    "refused": 12,
    "refusals": 14,
    "submissions": 0,
}

HEAD = {
    "now": 1795144324.25,
    "host": "web1",
    "version": "0.1.0",
    "kernel": "6.1.0-30-amd64",
    "pid": 812,
    "started": 1795140000.5,
    "attached": "connect, exec, fork",
    "capture": "running",
    "health": "ok",
    "health_text": "",
    "lost": {"records": 0, "packets": 0, "lines": 0},
    "thinned": 0,
    "since": 1795140000.5,
    "all": COUNTS,
    "today": COUNTS,
    "destinations_today": 14,
    "receivers_today": 9,
    "open": 3,
    "series": {"stretch": 10, "newest": 179514432, "counts": [3, 0, 12]},
    "total": {"script": 2},
    "forgotten": {},
}


def row(number, name, verdict, attempts, **more):
    return {
        "row": number,
        "revision": number,
        "by": "script",
        "verdict": verdict,
        "name": name,
        "user": "shop42",
        "counts": changed(COUNTS, attempts=attempts, ports={"25": attempts}),
        "first": 1795144000.1,
        "last": 1795144324.2,
        **more,
    }


ROWS = [
    row(17, "/usr/sbin/postfix", "mta", 900),
    row(18, "/var/www/shop42/x.php", "direct-to-mx", 120),
    row(19, "/var/www/blog/mail.php", "application", 7),
]


def snapshot(rows):
    return [
        {"head": HEAD},
        {"rows": {"by": "script", "revision": 20, "oldest": 1, "more": True, "rows": rows[:1]}},
        {"rows": {"by": "script", "revision": 20, "oldest": 1, "rows": rows[1:]}},
        {"alerts": ALERTS[:2]},
    ]


CHECKS = [
    {"name": "kernel", "state": "ok", "text": "6.1.0-30-amd64", "advice": ""},
    {"name": "capture", "state": "off", "text": "the configuration says so", "advice": ""},
]
DEGRADED = {"name": "php /usr/sbin/php", "state": "degraded", "text": "no request " + HOSTILE, "advice": "update " + HOSTILE}
BLIND = {"name": "connect", "state": "blind", "text": "the tracepoint did not attach", "advice": "load it"}


def status(health, checks):
    answer = {"status": {"health": health, "version": "0.1.0", "pid": 812, "checks": checks}}
    return {"expect": {"request": "status"}, "answer": [answer]}


def error(request, code, message):
    return {"expect": {"request": request}, "answer": [{"error": {"code": code, "message": message}}]}


def lines(kind, told):
    answer = [{kind[:-1]: line} for line in told]
    return {"expect": {"request": "subscribe", kind: True}, "answer": answer}


EXPLAINED = [
    {"explain": {"incident": "k3x9ab", "more": True, "lines": ALERTS[:1]}},
    {"explain": {"incident": "k3x9ab", "lines": [changed(ALERT, event__action="ended")]}},
]

WELL = [
    status("ok", CHECKS),
    lines("alerts", ALERTS),
    lines("events", EVENTS),
    {"expect": {"request": "snapshot", "by": "script"}, "answer": snapshot(ROWS), "times": 1},
    {"expect": {"request": "snapshot", "by": "script"}, "answer": snapshot(ROWS[:2])},
    {"expect": {"request": "explain", "incident": "k3x"}, "answer": EXPLAINED},
    error("explain", "not-found", "no line of it is in memory"),
    {"expect": {"request": "reload"}, "answer": [{"reload": {"done": True}}]},
]

SCRIPTS = {
    "well": WELL,
    "restarted": [lines("events", [*EVENTS, event("attempt", "05:00:00", user__name="missed")]), *WELL],
    "blind": [
        status("blind", [*CHECKS, DEGRADED, BLIND]),
        error("reload", "failed", "smtpwatch.conf:3: " + HOSTILE),
        error("explain", "invalid", "k is the beginning of several incidents: k3x9ab, k4aaaa"),
        error("subscribe", "invalid", "last is a number"),
        error("snapshot", "invalid", "by is a grouping"),
    ],
    "degraded": [status("degraded", [DEGRADED]), error("reload", "forbidden", "only root may reload")],
    "forgetful": [
        status("ok", CHECKS),
        {"expect": {"request": "subscribe"}, "answer": [{"lost": {"alerts": 0, "events": 120}}, {"event": EVENTS[0]}]},
    ],
    "older": [{"greeting": {"smtpwatch": "9.0", "protocol": 2}}],
    "full": [{"greeting": {"error": {"code": "busy", "message": "too many clients"}}}],
    "stranger": [{"greeting": "220 mail.example.com ESMTP"}],
    "mad": [{"expect": {}, "answer": ["{]"]}],
    "torn": [{"expect": {}, "answer": [{"status": 7}, {"explain": []}, {"reload": None}, {"alerts": 3}]}],
}

if __name__ == "__main__":
    for name, script in SCRIPTS.items():
        with open(f"{sys.argv[1]}/{name}.script", "w", encoding="utf-8") as file:
            for line in script:
                print(json.dumps(line, ensure_ascii=False), file=file)
