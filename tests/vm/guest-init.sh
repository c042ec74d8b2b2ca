#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash # busybox's
#
# The first process of the guest that tools/vm boots. ttyS0 is the kernel's, ttyS1 carries the
# output of /script, ttyS2 says what became of it. Serial ports are built into every kernel, so
# nothing depends on a module.

export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root

mount_file_systems() {
	busybox mount -t proc proc /proc
	busybox --install -s /bin 2>/dev/null # what is there already, was copied in and is preferred
	mount -t devtmpfs dev /dev
	mount -t sysfs sys /sys
	mount -t tmpfs run /run
	mount -t tmpfs -o mode=1777 tmp /tmp
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t bpf bpf /sys/fs/bpf
	mount -t tracefs tracefs /sys/kernel/tracing
}

insert_modules() {
	for module in /modules/*; do
		[ ! -e "$module" ] || insmod "$module"
	done
}

# Without this a newline would leave as CR LF. Setting a terminal also waits until all that was
# written to it is out.
drain_raw() { stty -F "$1" raw; }

report() {
	echo "$1" >/dev/ttyS2
	drain_raw /dev/ttyS2
}

mount_file_systems
insert_modules
ip link set lo up
drain_raw /dev/ttyS1
drain_raw /dev/ttyS2

report started
sh /script </dev/null >/dev/ttyS1 2>&1
status=$?
drain_raw /dev/ttyS1
report "exit $status"
poweroff -f
