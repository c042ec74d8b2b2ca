/* SPDX-License-Identifier: GPL-2.0-only */
/* The system calls that the watching daemon may make. */
#ifndef SMTPWATCH_DAEMON_SYSTEM_CALLS_H
#define SMTPWATCH_DAEMON_SYSTEM_CALLS_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>

/* A call that is allowed. With several rows of one name it is enough that one of them fits. */
struct system_call {
	const char *name; /* as libseccomp has it, which may be older than the call: such a row is left out */
	struct scmp_arg_cmp argument; /* where `is_limited` */
	bool is_limited;
	bool for_probes; /* only where probes may be attached later */
};

/* The table. */
const struct system_call *system_calls_list(size_t *ret_count);

/* Puts it into force in all threads, for ever. Takes that new privileges are forbidden already. 0 or -errno. */
int system_calls_limit(bool probes);

#endif
