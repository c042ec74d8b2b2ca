#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""refused.py FOLDER ADDRESS TABLE CLASS[,CLASS]...: has the receiver at the address (mx.py, whose folder it is) give, in a
connection each, every reply that the rows of these classes are about, and prints of each `TEXT|CLASS|RECEIVER`, which is
what is to be made of it.
"""
import os
import re
import smtplib
import sys

OWN_ADDRESS = "192.0.2.81"


def replies(path, classes):
    """Stage, code, enhanced code, text, class and receiver of every alternative of a row."""
    with open(path, encoding="ascii") as file:
        rows = [line.rstrip("\n").split("|") for line in file if "|" in line and not line.startswith("#")]
    for receiver, stages, codes, enhanced, texts, kind in rows:
        if kind not in classes:
            continue
        code = codes.split(",")[0].replace("xx", "50")
        enhanced = re.split("[,-]", enhanced)[0].replace("x", code[0], 1)
        stage = stages[0] if stages[0] in "bEMRD" else "R"
        for text in texts.split(" / "):
            text = re.sub(r" *\(not: .*\)", "", text)
            yield stage, code, enhanced, f"[{OWN_ADDRESS}] says: {text.upper()}", kind, receiver


def order(folder, address, reply):
    path = os.path.join(folder, address)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(reply + "\n")
    os.rename(path + ".new", path)


def be_refused(address):
    try:
        with smtplib.SMTP(address, 25, local_hostname="shop.example", timeout=20) as smtp:
            smtp.sendmail("news@shop.example", "user@mx.example", "Subject: news\r\n\r\nNews.\r\n")
    except smtplib.SMTPException:
        pass


def main(folder, address, table, classes):
    for stage, code, enhanced, text, kind, receiver in replies(table, classes.split(",")):
        order(folder, address, f"{stage} {code} {enhanced}{' ' if enhanced else ''}{text}")
        be_refused(address)
        print(f"{text}|{kind}|{receiver}", flush=True)
    os.unlink(os.path.join(folder, address))


main(*sys.argv[1:])
