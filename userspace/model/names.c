// SPDX-License-Identifier: GPL-2.0-only
/* The names of the model's enums, as they are written everywhere. */
#include "lib/array.h"

#include <assert.h>
#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/flow.h>

static const char *const role_names[] = {
	[ACTOR_ROLE_UNKNOWN] = "unknown",
	[ACTOR_ROLE_APPLICATION] = "application",
	[ACTOR_ROLE_MTA] = "mta",
	[ACTOR_ROLE_RELAY_CLIENT] = "relay-client",
};
static_assert(COUNT_OF(role_names) == ACTOR_ROLE_COUNT, "a name for each role");

static const char *const outcome_names[] = {
	[SW_OUTCOME_PENDING] = "pending",     [SW_OUTCOME_CLOSED] = "closed",
	[SW_OUTCOME_RESET] = "reset",         [SW_OUTCOME_REFUSED] = "refused",
	[SW_OUTCOME_TIMED_OUT] = "timed_out", [SW_OUTCOME_UNREACHABLE] = "unreachable",
	[SW_OUTCOME_ABORTED] = "aborted",     [SW_OUTCOME_FAILED] = "failed",
};
static_assert(COUNT_OF(outcome_names) == SW_OUTCOME_COUNT, "a name for each outcome");

static const char *const severity_names[] = {
	[ALERT_SEVERITY_INFO] = "info", [ALERT_SEVERITY_NOTICE] = "notice",     [ALERT_SEVERITY_WARNING] = "warning",
	[ALERT_SEVERITY_HIGH] = "high", [ALERT_SEVERITY_CRITICAL] = "critical",
};
static_assert(COUNT_OF(severity_names) == ALERT_SEVERITY_COUNT, "a name for each severity");

static const char *const phase_names[] = {
	[ALERT_RAISED] = "raised",
	[ALERT_RISEN] = "risen",
	[ALERT_CONTINUING] = "continuing",
	[ALERT_ENDED] = "ended",
};
static_assert(COUNT_OF(phase_names) == ALERT_PHASE_COUNT, "a name for each phase");

static const char *const script_source_names[] = {
	[SCRIPT_SOURCE_NONE] = "none",           [SCRIPT_SOURCE_PHP_REQUEST] = "php-request",
	[SCRIPT_SOURCE_PHP_PROBE] = "php-probe", [SCRIPT_SOURCE_ARGV] = "argv",
	[SCRIPT_SOURCE_FPM_POOL] = "fpm-pool",   [SCRIPT_SOURCE_CWD] = "cwd",
};
static_assert(COUNT_OF(script_source_names) == SCRIPT_SOURCE_COUNT, "a name for each source");

const char *actor_role_name(enum actor_role role)
{
	return role_names[role];
}

const char *flow_outcome_name(enum sw_outcome outcome)
{
	return outcome_names[outcome];
}

const char *alert_severity_name(enum alert_severity severity)
{
	return severity_names[severity];
}

const char *alert_phase_name(enum alert_phase phase)
{
	return phase_names[phase];
}

const char *script_source_name(enum script_source source)
{
	return script_source_names[source];
}
