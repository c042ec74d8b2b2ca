#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connects a socket that is none of TCP's but MPTCP's. Hopes that only TCP's are watched.
exec "$CLIENT" mptcp "$1" 25
