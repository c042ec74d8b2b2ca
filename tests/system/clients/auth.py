#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""auth.py SECRETS ADDRESS UNTIL: logs in by AUTH PLAIN with the user and the password that are the lines of a file, sends a
mail, has a recipient refused, and ends the session when there is such a file.
"""
import os
import smtplib
import sys
import time

secrets, to, until = sys.argv[1:]
with open(secrets, encoding="ascii") as file:
    user, password = file.read().split()[:2]
with smtplib.SMTP(to, 25, local_hostname="shop.example", timeout=30) as smtp:
    smtp.login(user, password)
    smtp.sendmail("news@shop.example", "user@mx.example", "Subject: news\r\n\r\nBuy now.\r\n")
    smtp.mail("news@shop.example")
    smtp.rcpt("nobody@mx.example")
    while not os.path.exists(until):
        time.sleep(0.02)
