# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the rules about who delivers, what it is, and what is no process: see rules.py for what a row is."""
from observations import (BLOG, DAY, HOUR, LONE_WEB, MINUTE, POSTFIX, RELAY_CLIENT, SECOND, SHOP, attempt, change,
                          changed, line, machine, merged, mx_query, named, network, process, site, spread, submission, to, together)

# As much of a window as is counted however its buckets lie; in all of it the first happening is over.
SURE = 19 / 20


def sure(window):
    return int(window * SURE)


def connects(who, first_network=0, networks=1000, pid=None):
    """An attempt to port 25 of the world, each to the next of so many networks."""
    def happen(time, number):
        return attempt(time, who, network(first_network + number % networks), flow=1 + 1000 * first_network + number)
    return happen


def becomes(users, pid=4121):
    """One process, each time as the next of so many users."""
    def happen(time, number):
        uid = 2000 + number % users
        return attempt(time, process(uid, f"user{uid}", "/usr/bin/perl", pid=pid), network(pid % 7), flow=1 + number)
    return happen


def asks(who):
    return lambda time, number: mx_query(time, who, f"domain{number}.example")


def hands_over(who):
    """To the local mail server. `who` is one, or told by the happening's number."""
    return lambda time, number: submission(time, who(number) if callable(who) else who)


def provider(time, who, number, domain=None, port=587):
    """A mail account somewhere."""
    name = named(domain) if domain else {}
    return attempt(time, who, network(number), name, port=port, flow=1 + number)


def providers(who, first=0, count=1000):
    def happen(time, number):
        which = first + number % count
        return provider(time, who, which, f"smtp.provider{which}.example")
    return happen


def once(who, time=0, address=None, flow=1):
    return [attempt(time, who, address or network(0), flow=flow)]


def named_as(who, comm):
    return changed(who, name=comm)


def of_file(who, **fields):
    return merged(who, {"smtpwatch": {"executable": fields}})


def in_folder(who, path):
    return changed(who, executable=path)


MY_OWN = {"device": 66, "inode": "77", "owner": 1042, "mode": 0o100755}
MAIL_OF_MY_OWN = of_file(process(1042, "shop", "/home/shop/bin/mail"), **MY_OWN)
CRON = merged(SHOP, {"process": {"working_directory": "/home/shop/cron"}})


def in_home(user, folder="cron"):
    uid = 1042 + user
    who = process(uid, f"user{uid}", "/usr/bin/perl", pid=5000 + user)
    return merged(who, {"process": {"working_directory": f"/home/user{uid}/{folder}"}})


def folders_of_one(number):
    return merged(SHOP, {"process": {"working_directory": f"/home/shop/job{number % 2}"}})


def orphan(age):
    """A web server's process under pid 1, so old when it speaks."""
    start = {"parent": {"pid": 1, "name": "systemd"}, "start": "2026-03-02T08:02:59.999Z"}
    return [attempt(age, changed(process(33, "www-data", "/usr/bin/perl"), **start), network(0))]


def webshell(time, number):
    return attempt(time, site(1, "wp-content/uploads/x.php"), network(0), flow=1 + number)


SUBMISSIONS = 10 * MINUTE  # the shorter window of the three sections about them


def submission_rows(who, two, wider, wider_what):
    """The three sections differ in whose mail it is."""
    hand = hands_over(who)
    return (
        ("below", "silent", "29 in 9.5 minutes", spread(29, sure(SUBMISSIONS), hand)),
        ("at", "raised warning 30", "30 in 9.5 minutes", spread(30, sure(SUBMISSIONS), hand)),
        ("above", "raised warning 30, risen critical 100", "100 in 9.5 minutes", spread(100, sure(SUBMISSIONS), hand)),
        ("below-hour", "silent", "99 in 57 minutes", spread(99, sure(HOUR), hand)),
        ("at-hour", "raised critical 100", "100 in 57 minutes", spread(100, sure(HOUR), hand)),
        ("window", "silent", "30 in ten minutes: the first one is over", spread(30, SUBMISSIONS, hand)),
        ("window-hour", "silent", "100 in an hour: the first one is over", spread(100, HOUR, hand)),
        ("keys", "silent", "29 each of two", spread(58, sure(SUBMISSIONS), hands_over(two))),
        ("wider", "raised warning 30", wider_what, spread(30, sure(SUBMISSIONS), hands_over(wider))),
    )


ROWS = {
    "direct-to-mx": (
        ("below", "silent", "a submission port; a smarthost; a mail server; a relay client", [
            attempt(0, SHOP, network(0), port=587),
            attempt(SECOND, SHOP, network(1), scope="smarthost", flow=2),
            attempt(2 * SECOND, SHOP, "10.0.0.25", scope="internal", flow=3),
            attempt(3 * SECOND, POSTFIX, network(2), flow=4),
            line(4 * SECOND, "attempt", RELAY_CLIENT, to(network(3), flow=5), change(flow_began=True))]),
        ("at", "raised warning 1", "one connection", spread(1, 0, connects(SHOP))),
        ("below-networks", "raised warning 1", "19 connections to two networks in 9.5 minutes",
         spread(19, sure(10 * MINUTE), connects(SHOP, networks=2))),
        ("above", "raised warning 1, risen high 3", "three networks in 9.5 minutes",
         spread(3, sure(10 * MINUTE), connects(SHOP))),
        ("window", "raised warning 1", "three networks in ten minutes: the first one is over",
         spread(3, 10 * MINUTE, connects(SHOP))),
        ("keys", "raised warning 1, raised warning 2", "two networks each of two users",
         together(spread(2, MINUTE, connects(SHOP)), spread(2, MINUTE, connects(BLOG, 2)))),
        ("relay-client", "raised warning 1", "a relay client that goes elsewhere", once(RELAY_CLIENT)),
        ("untold", "raised warning 1", "seven attempts that were counted and not told",
         [line(0, "counters", SHOP, change(direct_added=7))]),
    ),
    "mx-fanout": (
        ("below", "silent", "19 connections to one network in 57 s", spread(19, sure(MINUTE), connects(SHOP, networks=1))),
        ("at", "raised critical 20", "20 connections to one network in 57 s",
         spread(20, sure(MINUTE), connects(SHOP, networks=1))),
        ("above", "raised critical 20", "40 connections in 57 s", spread(40, sure(MINUTE), connects(SHOP, networks=1))),
        ("window", "silent", "20 connections in 60 s: the first one is over",
         spread(20, MINUTE, connects(SHOP, networks=1))),
        ("keys", "silent", "19 connections each of two users",
         together(spread(19, sure(MINUTE), connects(SHOP, networks=1)),
                  spread(19, sure(MINUTE), connects(BLOG, 1, networks=1)))),
        ("below-networks", "silent", "nine networks in 9.5 minutes", spread(9, sure(10 * MINUTE), connects(SHOP))),
        ("at-networks", "raised critical 10", "ten networks in 9.5 minutes", spread(10, sure(10 * MINUTE), connects(SHOP))),
        ("window-networks", "silent", "ten networks in ten minutes: the first one is over",
         spread(10, 10 * MINUTE, connects(SHOP))),
        ("keys-networks", "silent", "nine networks each of two users",
         together(spread(9, 9 * MINUTE, connects(SHOP)), spread(9, 9 * MINUTE, connects(BLOG, 9)))),
        ("untold", "raised critical 2", "one attempt that is told, 19 that were only counted",
         [*once(SHOP), line(SECOND, "counters", SHOP, change(direct_added=19))]),
        ("mail-server", "silent", "a mail server to 40 networks in 57 s", spread(40, sure(MINUTE), connects(POSTFIX))),
    ),
    "user-churn": (
        ("below", "silent", "two users of one process, again and again", spread(8, sure(HOUR), becomes(2))),
        ("at", "raised critical 3", "three users of one process in 57 minutes", spread(3, sure(HOUR), becomes(3))),
        ("above", "raised critical 3", "eight users in five minutes", spread(8, 5 * MINUTE, becomes(8))),
        ("window", "silent", "three users in an hour: the first one is over", spread(3, HOUR, becomes(3))),
        ("keys", "silent", "two users each of two processes",
         together(spread(2, MINUTE, becomes(2)), spread(2, MINUTE, becomes(2, pid=4122)))),
    ),
    "mx-lookups": (
        ("below", "silent", "19 domains in 9.5 minutes", spread(19, sure(10 * MINUTE), asks(SHOP))),
        ("at", "raised high 20", "20 domains in 9.5 minutes", spread(20, sure(10 * MINUTE), asks(SHOP))),
        ("above", "raised high 20", "40 domains in 9.5 minutes", spread(40, sure(10 * MINUTE), asks(SHOP))),
        ("window", "silent", "20 domains in ten minutes: the first one is over", spread(20, 10 * MINUTE, asks(SHOP))),
        ("keys", "silent", "19 domains each of two users",
         together(spread(19, sure(10 * MINUTE), asks(SHOP)), spread(19, sure(10 * MINUTE), asks(BLOG)))),
        ("resolver", "silent", "40 domains by a resolver, and by a spam filter",
         together(spread(40, sure(10 * MINUTE), asks(process(103, "unbound", "/usr/sbin/unbound", pid=800))),
                  spread(40, sure(10 * MINUTE), asks(process(104, "debian-spamd", "/usr/bin/perl", pid=801))))),
    ),
    "submission-rate": submission_rows(
        CRON, lambda number: in_home(number % 2), folders_of_one, "15 each of two folders of one user: he it is"),
    "submission-rate-site": submission_rows(
        site(1), lambda number: site(number % 2), lambda number: site(1, f"public{number % 2}/send{number % 3}.php"),
        "30 of six scripts in two folders of one site: it is the site's"),
    "submission-rate-web": submission_rows(
        LONE_WEB, lambda number: (LONE_WEB, site(1))[number % 2],
        lambda number: changed(LONE_WEB, working_directory=f"/srv/{number % 2}"),
        "15 each of two folders of the web server's user: he it is"),
    "stolen-submission": (
        ("below", "silent", "two providers, again and again", spread(8, sure(DAY), providers(site(1), count=2))),
        ("at", "raised high 3", "three providers in 22.8 hours", spread(3, sure(DAY), providers(site(1)))),
        ("above", "raised high 3", "six providers", spread(6, 5 * MINUTE, providers(site(1)))),
        ("window", "silent", "three providers in a day: the first one is over", spread(3, DAY, providers(site(1)))),
        ("keys", "silent", "two providers each of two sites",
         together(spread(2, HOUR, providers(site(1))), spread(2, HOUR, providers(site(2), first=2)))),
        ("one-provider", "silent", "five hosts of one provider, and five addresses of one network", [
            *spread(5, HOUR, lambda time, number: provider(time, site(1), number, f"smtp{number}.provider.example")),
            *spread(5, HOUR, lambda time, _: provider(HOUR + SECOND + time, site(1), 9))]),
        ("no-web", "silent", "three providers of a user's program", spread(3, HOUR, providers(SHOP))),
        ("other-port", "silent", "three networks on ports that are none for submission",
         spread(3, HOUR, lambda time, number: provider(time, site(1), number, port=2525))),
    ),
    "masquerade": (
        ("below", "silent", "a daemon's name that root's file of that name bears; one that a user's own file bears",
         [*once(process(33, "www-data", "/usr/sbin/nginx")), *once(MAIL_OF_MY_OWN, SECOND, flow=2)]),
        ("at", "raised critical 1", "perl that is named httpd", once(named_as(SHOP, "httpd"))),
        ("above", "raised critical 1", "again, and under a third name",
         together(*(once(named_as(SHOP, name), number * SECOND, flow=1 + number)
                    for number, name in enumerate(("httpd", "httpd", "init"))))),
        ("kernel-thread", "raised critical 1", "perl under a kernel thread's name, handing over mail",
         [submission(0, named_as(SHOP, "kworker/0:1"))]),
        ("mail-server", "raised critical 1", "a mail server's program under another user",
         once(merged(process(1042, "shop", "/usr/sbin/exim4"), {"smtpwatch": {"wears_mta": True}}))),
    ),
    "masquerade-own-name": (
        ("below", "silent", "a file of root's that is called mail",
         once(process(1042, "shop", "/usr/bin/mail"))),
        ("at", "raised notice 1", "a user's own file that is called mail", once(MAIL_OF_MY_OWN)),
        ("above", "raised notice 1", "again", [*once(MAIL_OF_MY_OWN), *once(MAIL_OF_MY_OWN, SECOND, flow=2)]),
    ),
    "hidden-executable": (
        ("below", "silent", "files that anybody can look at; one that an upgrade replaced; a folder that is too deep", [
            *once(in_folder(SHOP, "/home/shop/tmp/send")),
            *once(of_file(SHOP, links=0, replaced=True), SECOND, flow=2),
            *once(merged(SHOP, {"smtpwatch": {"identity": {"path_cut": True}}}), 2 * SECOND, flow=3)]),
        ("at", "raised critical 1", "under /tmp", once(in_folder(SHOP, "/tmp/.x/send"))),
        ("above", "raised critical 1", "again",
         [*once(in_folder(SHOP, "/tmp/x")), *once(in_folder(SHOP, "/tmp/x"), 1, flow=2)]),
        ("deleted", "raised critical 1", "a file without a link", once(of_file(SHOP, links=0))),
        ("memfd", "raised critical 1", "no file", once(of_file(in_folder(SHOP, "/memfd:x"), links=0))),
        ("detached", "raised critical 1", "a file system that is not mounted",
         once(merged(SHOP, {"smtpwatch": {"identity": {"path_detached": True}}}))),
        ("script", "raised critical 1", "a script under /dev/shm",
         once(merged(SHOP, {"smtpwatch": {"script": {"path": "/dev/shm/send.pl", "source": "argv"}}}))),
    ),
    "hidden-executable-deep": (
        ("below", "silent", "a folder that can be told", once(in_folder(SHOP, "/" + "d/" * 100 + "send"))),
        ("at", "raised warning 1", "a folder that is too deep",
         once(merged(SHOP, {"smtpwatch": {"identity": {"path_cut": True}}}))),
        ("above", "raised warning 1", "again", spread(2, SECOND, connects(merged(
            SHOP, {"smtpwatch": {"identity": {"path_cut": True}}})))),
    ),
    "hidden-executable-replaced": (
        ("below", "silent", "a second link is left", once(of_file(SHOP, links=1, replaced=True))),
        ("at", "raised notice 1", "replaced, as by an upgrade", once(of_file(SHOP, links=0, replaced=True))),
        ("above", "raised notice 1", "again", spread(2, SECOND, connects(of_file(SHOP, links=0, replaced=True)))),
    ),
    "orphan-web": (
        ("below", "silent", "59.999 s old; an ordinary user's", [
            *orphan(MINUTE - 1), *once(changed(SHOP, parent={"pid": 1}, start="2026-03-02T07:00:00Z"), MINUTE, flow=2)]),
        ("at", "raised high 1", "60 s old", orphan(MINUTE)),
        ("above", "raised high 1", "a day old, and again", [*orphan(DAY), *orphan(DAY + SECOND)]),
        ("unit", "silent", "the main process of a unit, as old",
         [merged(line, {"smtpwatch": {"leads_unit": True}}) for line in orphan(HOUR)]),
    ),
    "upload-script": (
        ("below", "silent", "a script where scripts are", once(site(1))),
        ("at", "raised high 1", "a script in uploads", [webshell(0, 0)]),
        ("below-rate", "raised high 1", "four of them in 9.5 minutes", spread(4, sure(10 * MINUTE), webshell)),
        ("above", "raised high 1, risen critical 5", "five in 9.5 minutes", spread(5, sure(10 * MINUTE), webshell)),
        ("window", "raised high 1", "five in ten minutes: the first one is over", spread(5, 10 * MINUTE, webshell)),
        ("keys", "raised high 1, raised high 2", "four each of two sites", together(
            spread(4, MINUTE, webshell),
            spread(4, MINUTE, lambda time, number: attempt(time, site(2, "cache/y.php"), network(1), flow=11 + number)))),
    ),
    "no-socket": (
        ("below", "silent", "inside; on a connection whose process is known; that only the wire shows", [
            attempt(0, machine("no-socket"), "10.0.0.25", scope="internal"),
            attempt(1, SHOP, network(0), flow=2), attempt(2, machine("wire"), network(0), flow=3)]),
        ("at", "raised high 1", "to the world", once(machine("no-socket"))),
        ("above", "raised high 1", "again", spread(2, SECOND, connects(machine("no-socket")))),
    ),
    "forwarded": (
        ("below", "silent", "inside; to a submission port", [
            attempt(0, machine("forwarded"), "10.0.0.25", scope="internal"),
            attempt(1, machine("forwarded"), network(0), port=587, flow=2)]),
        ("at", "raised warning 1", "to port 25 of the world", once(machine("forwarded"))),
        ("above", "raised warning 1, raised warning 3", "again, and by another machine",
         [*once(machine("forwarded")), *once(machine("forwarded"), 1, flow=2), *once(machine("forwarded", 82), 2, flow=3)]),
    ),
}


def fans_out(who, networks, time=0):
    return [attempt(time + number * SECOND, who, network(number), flow=100 + number) for number in range(networks)]


def combined(who):
    """What hides, and delivers to just enough."""
    return [submission(0, who), *fans_out(who, 10, SECOND)]


def greeting_of_a_provider(time, who):
    return line(time, "helo", who, to(network(0), said={"name": "gmail.com", "extended": True}))


HTTPD = named_as(SHOP, "httpd")

ROWS["together compromised"] = (
    ("below", "silent", "what hides, and nine networks; a fan-out of what does not hide",
     [submission(0, HTTPD), *fans_out(HTTPD, 9, SECOND), *fans_out(BLOG, 10, MINUTE)]),
    ("at", "raised critical 11", "masquerade, and ten networks", combined(HTTPD)),
    ("above", "raised critical 11", "and twenty more", combined(HTTPD) + fans_out(HTTPD, 20, MINUTE)),
    ("keys", "silent", "one user hides, another one delivers", [submission(0, HTTPD), *fans_out(BLOG, 10, SECOND)]),
    ("hidden", "raised critical 11", "hidden-executable, and ten networks", combined(in_folder(SHOP, "/tmp/x"))),
    ("upload", "raised critical 11", "upload-script, and ten networks", combined(site(1, "uploads/x.php"))),
    ("greeting", "raised critical 11", "ten networks, and then impossible-helo",
     [*fans_out(SHOP, 10), greeting_of_a_provider(MINUTE, SHOP)]),
    ("apart", "raised critical 12", "hours after the other alert ended, what hides fires again",
     [submission(0, HTTPD), submission(6 * HOUR, HTTPD), *fans_out(HTTPD, 10, 6 * HOUR + SECOND)]),
)
