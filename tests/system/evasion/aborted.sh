#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connects without waiting and closes at once, which is enough to be counted by whom it probes. Hopes that it is over
# before anybody looks.
exec "$CLIENT" abort "$1" 25
