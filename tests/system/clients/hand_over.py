#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""hand_over.py ADDRESS PORT FROM [tls] [user=NAME] [each=1] TO...: a job that hands one mail for all of these, in one
session, to a mail server. With each=1 every recipient gets a mail of his own; with user=NAME it logs in; tls is STARTTLS.
"""
import smtplib
import ssl
import sys

address, port, sender, *words = sys.argv[1:]
options = dict(word.split("=", 1) for word in words if "@" not in word and "=" in word)
recipients = [word for word in words if "@" in word]
with smtplib.SMTP(address, int(port), local_hostname="server.example", timeout=60) as smtp:
    if "tls" in words:
        smtp.starttls(context=ssl._create_unverified_context())
    if "user" in options:
        smtp.login(options["user"], "of-the-lab")
    for to in [[one] for one in recipients] if "each" in options else [recipients]:
        smtp.sendmail(sender, to, f"Subject: news\r\nTo: {to[0]}\r\nFrom: {sender}\r\n\r\nNews.\r\n")
