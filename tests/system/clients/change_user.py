#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""change_user.py UID=ADDRESS...: delivers a mail to each of these addresses, as that user. It is one process, which
keeps root as its saved UID to come back to.
"""
import os
import smtplib
import sys

for word in sys.argv[1:]:
    uid, _, address = word.partition("=")
    os.setresuid(int(uid), int(uid), 0)
    with smtplib.SMTP(address, 25, local_hostname="shop.example", timeout=30) as smtp:
        smtp.sendmail("spam@shop.example", "victim@mx.example", "Subject: offer\r\n\r\nBuy now.\r\n")
    os.setresuid(0, 0, 0)
