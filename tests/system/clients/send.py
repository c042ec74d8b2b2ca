#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""send.py ADDRESS SUBJECT: takes a mail straight to the receiver."""
import smtplib
import sys

to, subject = sys.argv[1:]
with smtplib.SMTP(to, 25, local_hostname="shop.example", timeout=10) as smtp:
    smtp.sendmail("spam@shop.example", "victim@mx.example", f"Subject: {subject}\r\n\r\nBuy now.\r\n")
