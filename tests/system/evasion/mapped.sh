#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Writes the address as ::ffff:a.b.c.d on an IPv6 socket. Hopes that rules about IPv4 do not see it.
exec "$CLIENT" mapped "$1" 25
