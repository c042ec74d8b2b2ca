# SPDX-License-Identifier: GPL-2.0-only
"""Lines of smtpwatch-observations(5), made by hand: who is there, where he connects to, what is said.

Times are milliseconds since FIRST. That lies just before the end of a bucket of 3, 30 and 180 s, so that a window is as
short as its counters may make it (userspace/rules/rate.h).
"""
import datetime
import json

FIRST = datetime.datetime(2026, 3, 2, 8, 2, 59, 999000, tzinfo=datetime.timezone.utc)
SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

HOST = {"name": "web1.example.net"}
HOST_ADDRESS = "192.0.2.81"
ROOTS = {"device": 65, "inode": "1001", "mode": 0o100755}


def merged(*parts):
    """One object of several; those inside are merged too, and what comes later counts."""
    whole = {}
    for part in parts:
        for key, value in part.items():
            both = isinstance(value, dict) and isinstance(whole.get(key), dict)
            whole[key] = merged(whole[key], value) if both else value
    return whole


def timestamp(milliseconds, first=FIRST):
    moment = first + datetime.timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def nanoseconds(milliseconds, first=FIRST):
    return (int(first.timestamp()) * SECOND + first.microsecond // 1000 + milliseconds) * 1000000


def began(milliseconds):
    """When a connection began, by both clocks."""
    return {"event": {"start": timestamp(milliseconds)}, "smtpwatch": {"started_ns": nanoseconds(milliseconds)}}


# ---- Who

def process(uid, user, executable, pid=4121, **own):
    """A process of an ordinary program, whose file is root's."""
    name = executable.rsplit("/", 1)[-1][:15]
    return {
        "smtpwatch": merged({"role": "application", "executable": ROOTS}, own),
        "process": {"pid": pid, "name": name, "executable": executable, "thread": {"id": pid}},
        "host": HOST,
        "user": {"id": str(uid), "name": user},
    }


def site(number, file="public/send.php", pid=3000):
    """A site's script under the web server's user."""
    name = f"site{number}.example"
    script = {"path": f"/var/www/{name}/{file}", "source": "php-request"}
    return process(33, "www-data", "/usr/sbin/php-fpm8.2", pid=pid + number, site=name, script=script)


def machine(origin, last=81):
    """What is no process of this host."""
    return {"smtpwatch": {"role": "unknown", "origin": origin, "source": {"ip": f"192.0.2.{last}"}}, "host": HOST}


def changed(who, **process_fields):
    return merged(who, {"process": process_fields})


SHOP = process(1042, "shop", "/usr/bin/perl")
BLOG = process(1043, "blog", "/usr/bin/perl", pid=4122)
POSTFIX = process(101, "postfix", "/usr/lib/postfix/sbin/smtp", pid=900, role="mta", mta="postfix")
LONE_WEB = process(33, "www-data", "/usr/sbin/php-fpm8.2", pid=700)
RELAY_CLIENT = process(1042, "shop", "/usr/bin/msmtp", role="relay-client", mta="msmtp")


# ---- Where to

def network(number):
    """An address in the world's network of this number."""
    return f"198.{18 + number // 250}.{1 + number % 250}.25"


def to(address, port=25, scope="external", flow=1, **fields):
    """A connection. `fields` are of "smtpwatch"."""
    return {
        "source": {"ip": HOST_ADDRESS, "port": 40000 + flow % 20000},
        "destination": {"ip": address, "port": port},
        "smtpwatch": merged({"flow": f"{flow:x}", "scope": scope}, fields),
    }


def named(domain):
    return {"destination": {"domain": domain}}


def dialogue(**fields):
    return {"smtpwatch": {"dialogue": fields}}


# ---- What happens

def line(time, action, who, *parts):
    return merged({"@timestamp": timestamp(time), "event": {"action": action}}, *parts, who)


def change(**fields):
    return {"smtpwatch": {"change": fields}}


def attempt(time, who, address, *parts, flow=1, port=25, scope="external"):
    direct = {"direct_added": 1} if port == 25 and scope == "external" else {}
    return line(time, "attempt", who, to(address, port, scope, flow), change(flow_began=True, **direct), *parts)


def established(time, who, address, *parts, flow=1, port=25):
    return line(time, "established", who, to(address, port, flow=flow), {"smtpwatch": {"established": True}},
                change(flow_established=True), *parts)


def ended(time, who, address, *parts, flow=1, port=25, outcome="closed"):
    return line(time, "end", who, to(address, port, flow=flow), {"smtpwatch": {"outcome": outcome}},
                change(flow_ended=True), *parts)


def submission(time, who, *parts):
    return line(time, "submission", who, change(submitted=True), *parts)


def mx_query(time, who, domain):
    return line(time, "mx-query", who, {"smtpwatch": {"question": {"name": domain}}})


def said(time, action, who, address, *parts, flow=1, port=25, scope="external", **fields):
    """What was said on a connection. `fields` are of "smtpwatch.said"."""
    return line(time, action, who, to(address, port, scope, flow, said=fields), *parts)


def unknown_mailbox(time, who, address, *parts, **where):
    return said(time, "reply", who, address, *parts, code=550, enhanced="5.1.1", stage="rcpt", text="no such user", **where)


# ---- How often

def spread(count, duration, happen):
    """`count` happenings, the last one `duration` milliseconds after the first. Whole milliseconds, never later."""
    lines = []
    for number in range(count):
        made = happen(duration * number // max(count - 1, 1), number)
        lines += made if isinstance(made, list) else [made]
    return lines


def moved(text, milliseconds):
    return timestamp(milliseconds, datetime.datetime.fromisoformat(text))


def later(lines, milliseconds):
    """The same so much later, with all times that are told."""
    def shift(made):
        times = {"@timestamp": moved(made["@timestamp"], milliseconds)}
        if "start" in made["event"]:
            started_ns = made["smtpwatch"]["started_ns"] + milliseconds * 1000000
            times["event"] = {"start": moved(made["event"]["start"], milliseconds)}
            times["smtpwatch"] = {"started_ns": started_ns}
        if "start" in made.get("process", {}):
            times["process"] = {"start": moved(made["process"]["start"], milliseconds)}
        return merged(made, times)
    return [shift(made) for made in lines]


def together(*parts):
    """In order of time, each part two milliseconds behind the one before, so that no two things happen at once."""
    apart = (later(part, 2 * number) for number, part in enumerate(parts))
    return sorted((made for part in apart for made in part), key=lambda made: made["@timestamp"])


def written(lines):
    return "".join(json.dumps(made, separators=(",", ":")) + "\n" for made in lines)
