#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two thousand processes that live for a millisecond and connect once each. Hopes to be gone before anybody looks, and
# to be too many to be counted.
set -o pipefail
"$CLIENT" forks 2000 "$1" 25 | sed 's/^/culprit /'
