# SPDX-License-Identifier: GPL-2.0-only
"""Rows without end, of which some change each second: for measuring."""

import random
import time

import streams


class Many:
    """As daemon.Stream, but that its time goes on."""

    alerts = []

    def __init__(self, count, changes):
        self.random = random.Random(25)
        self.change_count = changes
        self.revision = 0
        self.attempts = 0
        self.names = [f"/var/www/site{i:05}/public/wp-content/uploads/{i % 977}/mail.php" for i in range(count)]
        self.counts = [self.random.randrange(1, 5000) for _ in self.names]
        self.recent = [[self.random.randrange(9) for _ in range(7)] for _ in self.names]

    def head(self):
        return streams.head(time.time(), self.attempts, {"script": len(self.names)})

    def row(self, number):
        self.revision += 1
        user = f"site{number:05}"
        return {
            **streams.row(number + 1, "script", streams.VERDICTS[number % 3], self.names[number], time.time() - number),
            "revision": self.revision,
            "user": user,
            "site": user,
            "script": self.names[number],
            "process": "php-fpm8.2",
            "executable": "/usr/sbin/php-fpm8.2",
            "unit": "php8.2-fpm.service",
            "counts": streams.counts(self.counts[number], 3),
            "destinations": self.counts[number] % 700,
            "recent": {"newest": int(time.time()) // 10, "counts": self.recent[number]},
        }

    def pages(self, by, numbers):
        yield {"head": self.head()["head"]}
        for start in range(0, len(numbers), 64):
            page = {"by": by, "revision": self.revision, "oldest": 0}
            page["rows"] = [self.row(number) for number in numbers[start : start + 64]]
            if start + 64 < len(numbers):
                page["more"] = True
            yield {"rows": page}

    def picture(self, by):
        return self.pages(by, list(range(len(self.names))))

    def changes(self, by):
        numbers = self.random.sample(range(len(self.names)), self.change_count)
        for number in numbers:
            self.counts[number] += 1
            self.recent[number][0] += 1
        self.attempts += len(numbers)
        return self.pages(by, numbers)

    children = {}
    details = {}
    explanations = {}
