# SPDX-License-Identifier: GPL-2.0-only
"""For each condition of a section somebody who does the same as its case "at", but for that one thing: he is left alone."""
from observations import LONE_WEB, SHOP, machine, merged, site, together


def instead_of(line, who):
    """Somebody else, of whom nothing is left but the connection."""
    kept = {key: value for key, value in line.items() if key in ("@timestamp", "event", "source", "destination")}
    of_connection = ("flow", "scope", "change", "said", "dialogue", "outcome", "question", "established")
    own = {key: value for key, value in line["smtpwatch"].items() if key in of_connection}
    return merged(kept, {"smtpwatch": own}, who)


def mail_server(line):
    return merged(line, {"smtpwatch": {"role": "mta"}})


def machine_behind(line):
    return instead_of(line, machine("forwarded"))


def raw_socket(line):
    return instead_of(line, machine("no-socket"))


def kernel_thread(line):
    return merged(line, {"smtpwatch": {"identity": {"kernel_thread": True}}})


def inside(line):
    return indirect(merged(line, {"smtpwatch": {"scope": "internal"}}))


def submission_port(line):
    return indirect(merged(line, {"destination": {"port": 587}}))


def indirect(line):
    return merged(line, {"smtpwatch": {"change": {"direct_added": 0}}})


def user(line):
    """Of a script's, with the script, which is no web server's."""
    own = {key: line["smtpwatch"][key] for key in ("script", "site") if key in line["smtpwatch"]}
    if "script" in own:
        own["script"] = merged(own["script"], {"source": "argv"})
    return instead_of(line, merged(SHOP, {"smtpwatch": own}))


def program(line):
    """Of a user's, and of no request."""
    return instead_of(line, SHOP)


def web_user(line):
    return instead_of(line, LONE_WEB)


def script_of_site(line):
    return instead_of(line, site(1))


def at_mail(line):
    return merged(line, {"smtpwatch": {"said": {"stage": "mail"}}})


def of_policy(line):
    return merged(line, {"smtpwatch": {"said": {"class": "POLICY"}}})


OTHERS = {
    "direct-to-mx": (mail_server, machine_behind, indirect),
    "mx-fanout": (mail_server, machine_behind, submission_port),
    "user-churn": (mail_server, submission_port),
    "envelope-rate": (mail_server, inside),
    "mx-lookups": (mail_server, machine_behind),
    "submission-rate": (mail_server, kernel_thread, web_user, script_of_site),
    "submission-rate-site": (mail_server, kernel_thread, web_user, user),
    "submission-rate-web": (mail_server, kernel_thread, user, script_of_site),
    "stolen-submission": (mail_server, inside, program),
    "stolen-submission-passwords": (mail_server, inside, program, at_mail),
    "masquerade": (mail_server,),
    "masquerade-own-name": (mail_server,),
    "hidden-executable": (mail_server,),
    "hidden-executable-deep": (mail_server,),
    "hidden-executable-replaced": (mail_server,),
    "orphan-web": (mail_server,),
    "upload-script": (mail_server, kernel_thread),
    "impossible-helo": (mail_server, inside),
    "helo-churn": (mail_server, inside),
    "bad-helo": (mail_server, inside, submission_port),
    "dynamic-helo": (mail_server, inside, submission_port),
    "not-smtp": (mail_server, inside, submission_port),
    "off-port-smtp": (mail_server,),
    "probe-only": (mail_server, inside),
    "unknown-recipients": (inside,),
    "unknown-recipients-application": (mail_server, inside),
    "blocked": (inside, of_policy),
    "throttled": (inside, of_policy),
    "went-silent": (inside, submission_port),
    "no-socket": (inside, machine_behind),
    "forwarded": (inside, submission_port, raw_socket),
}


def row(section, lines):
    """The case of a section's others, by what happens in its case "at"."""
    changes = OTHERS[section]
    words = ", ".join(change.__name__.replace("_", " ") for change in changes)
    return "others", "silent", f"the same as at, but: {words}", together(*(map(change, lines) for change in changes))
