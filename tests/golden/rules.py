#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the catalogue's rules: what happens how often, and which lines that is to make.

rules.py DIRECTORY           writes NAME.jsonl of every case there, and the index cases.psv. Always the same.
rules.py --judge DIRECTORY   says of every case what came true, by NAME.jsonl and what the program said, NAME.raw.

A row of a section is its variant, what is expected, what happens in words, and what happens. What is expected is
"silent", or each line that raises an alert of this section or lets it rise, with its severity and the number of the
observation that did it. "scored N" is a section that only scores: the Nth observation made another alert's line, which
named it.
"""
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # nothing is left in the source tree

import rule_cases
import rule_cases_said
import rule_others
from observations import written

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "userspace/rules/catalogue.conf"
ROWS = {**rule_cases.ROWS, **rule_cases_said.ROWS}


def cases():
    """Section, name, and the rest of the row."""
    for section, rows in ROWS.items():
        at = next(lines for variant, *_, lines in rows if variant == "at")
        others = [rule_others.row(section, at)] if section in rule_others.OTHERS else []
        for variant, expected, what, lines in (*rows, *others):
            yield section, f"{section.replace(' ', '-')}-{variant}", variant, expected, what, lines


def make(directory):
    index = ["# NAME|section of the catalogue|variant|what is expected|what happens. Made by rules.py."]
    for section, name, variant, expected, what, lines in cases():
        times = [line["@timestamp"] for line in lines]
        assert times == sorted(times), f"{name}: what happens is to be in order"
        assert expected == "silent" or len(set(times)) == len(times), f"{name}: observations are told apart by their time"
        index.append("|".join((name, section, variant, expected, what)))
        (directory / f"{name}.jsonl").write_text(written(lines))
    (directory / "cases.psv").write_text("\n".join(index) + "\n")


def sections():
    """Of each section of the catalogue the rule that it alerts as, and where it stands, which an alert tells too."""
    found = {}
    for number, line in enumerate(CATALOGUE.read_text().splitlines(), 1):
        head = re.fullmatch(r"\[(?:together )?(\S+)\]", line)
        if head:
            told = found[line.strip("[]")] = {"alert": head[1], "reference": f"{CATALOGUE.name}:{number}"}
        elif line.startswith("alert = "):
            told["alert"] = line.removeprefix("alert = ")
    return found


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def judge(section, observations, alerts):
    """What the alerts say, in the words of a row."""
    number_of = {line["@timestamp"]: number for number, line in reversed(list(enumerate(observations, 1)))}
    told = []
    for alert in alerts:
        number = number_of.get(alert["@timestamp"], "?")
        of_this = alert["rule"]["reference"] == section["reference"]
        if of_this and alert["event"]["action"] in ("raised", "risen"):
            told.append(f"{alert['event']['action']} {alert['log']['level']} {number}")
        if not of_this and section["alert"] in alert["smtpwatch"]["incident_rules"] and not told:
            scores = section["alert"] not in (other["rule"]["id"] for other in alerts)
            told += [f"scored {number}"] if scores else []
    return ", ".join(told) or "silent"


def main(arguments):
    directory = pathlib.Path(arguments[-1])
    if arguments[:-1] == ["--judge"]:
        known = sections()
        for section, name, *_ in cases():
            if not (directory / f"{name}.raw").exists():
                continue
            told = judge(known[section], read(directory / f"{name}.jsonl"), read(directory / f"{name}.raw"))
            print(f"{name}|{told}")
    elif len(arguments) == 1 and not arguments[0].startswith("-"):
        make(directory)
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:] or [""] * 2)
