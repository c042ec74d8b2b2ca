/* SPDX-License-Identifier: GPL-2.0-only */
/* Observations of actors that the tests make up. */
#ifndef SMTPWATCH_TESTS_SUPPORT_OBSERVATIONS_H
#define SMTPWATCH_TESTS_SUPPORT_OBSERVATIONS_H

#include "support/test.h"

#include <smtpwatch/observation.h>

#define WALL_OF(time_ns) (1700000000000000000ULL + (time_ns))

/* The address is as in address_parse(). */
static inline struct endpoint endpoint_at(const char *address, uint16_t port)
{
	struct endpoint endpoint = {.port = port};

	assert_int_equal(address_parse(address, &endpoint.address), 0);
	return endpoint;
}

static inline struct sw_identity identity_of(uint32_t pid, uint32_t uid, uint64_t inode)
{
	struct sw_identity identity = {
		.key = {.start_ns = 1000 + pid, .exe_inode = inode, .exe_device = 0x800001, .pid = pid, .uid = uid},
		.tid = pid,
		.euid = uid,
		.gid = uid,
		.loginuid = UINT32_MAX,
		.exe_links = 1,
		.exe_mode = 0100755,
		.comm = "php",
	};
	return identity;
}

/* Points to the identity. */
static inline struct observation attempt_of(const struct sw_identity *identity, uint64_t flow_id,
					    struct endpoint remote)
{
	return (struct observation){
		.kind = OBSERVATION_ATTEMPT,
		.time_ns = flow_id,
		.wall_ns = WALL_OF(flow_id),
		.flow_id = flow_id,
		.remote = remote,
		.actor = identity->key,
		.identity = identity,
		.executable = "/usr/bin/php8.2",
		.argv = "php\0send.php",
		.argv_size = sizeof("php\0send.php"),
	};
}

/* What the kernel side has of a request. */
static inline struct sw_script request_of(const char *path, const char *url)
{
	struct sw_script script = {.source = SW_SCRIPT_REQUEST};

	snprintf(script.path, sizeof(script.path), "%s", path);
	snprintf(script.url, sizeof(script.url), "%s", url);
	snprintf(script.method, sizeof(script.method), "GET");
	return script;
}

static inline struct observation end_of(uint64_t flow_id, enum sw_outcome outcome)
{
	return (struct observation){
		.kind = OBSERVATION_END,
		.flow_id = flow_id,
		.outcome = outcome,
		.duration_ns = 57000000,
		.bytes_sent = 1234,
		.bytes_received = 567,
	};
}

/* What the kernel's counters tell: the key, the effective user, the mount namespace and comm. */
static inline struct observation counters_of(const struct sw_identity *identity, uint64_t direct_untold)
{
	return (struct observation){
		.kind = OBSERVATION_COUNTERS,
		.actor = identity->key,
		.identity = identity,
		.direct_untold = direct_untold,
	};
}

#endif
