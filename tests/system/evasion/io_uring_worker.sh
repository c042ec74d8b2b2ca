#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same, but a worker thread of the kernel does it. Hopes that the worker is named.
exec "$CLIENT" io_uring-worker "$1" 25
