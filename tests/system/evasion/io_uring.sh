#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connects by a request in an io_uring. Hopes that only system calls are watched.
exec "$CLIENT" io_uring "$1" 25
