#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""request.py METHOD URL: asks a web server and prints what it answers."""

import sys
import urllib.request

method, url = sys.argv[1:]
request = urllib.request.Request(url, method=method, data=b"name=value" if method == "POST" else None)
with urllib.request.urlopen(request, timeout=20) as answer:
    sys.stdout.buffer.write(answer.read())
