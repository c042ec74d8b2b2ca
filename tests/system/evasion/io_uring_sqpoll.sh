#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The same without any system call: a thread of the kernel polls the queue. Hopes that this thread is named.
exec "$CLIENT" io_uring-sqpoll "$1" 25
