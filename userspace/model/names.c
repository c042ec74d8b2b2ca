// SPDX-License-Identifier: GPL-2.0-only
/* The names of the model's enums, as they are written everywhere. */
#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <smtpwatch/actor.h>
#include <smtpwatch/alert.h>
#include <smtpwatch/dialogue.h>
#include <smtpwatch/flow.h>
#include <string.h>

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

static const char *const origin_names[] = {
	[ACTOR_ORIGIN_PROCESS] = "process",
	[ACTOR_ORIGIN_FORWARDED] = "forwarded",
	[ACTOR_ORIGIN_NO_SOCKET] = "no-socket",
	[ACTOR_ORIGIN_WIRE] = "wire",
};
static_assert(COUNT_OF(origin_names) == ACTOR_ORIGIN_COUNT, "a name for each origin");

static const char *const stage_names[] = {
	[DIALOGUE_STAGE_BANNER] = "banner",     [DIALOGUE_STAGE_HELO] = "helo",
	[DIALOGUE_STAGE_STARTTLS] = "starttls", [DIALOGUE_STAGE_AUTH] = "auth",
	[DIALOGUE_STAGE_MAIL] = "mail",         [DIALOGUE_STAGE_RCPT] = "rcpt",
	[DIALOGUE_STAGE_DATA] = "data",         [DIALOGUE_STAGE_MESSAGE] = "message",
	[DIALOGUE_STAGE_OTHER] = "other",
};
static_assert(COUNT_OF(stage_names) == DIALOGUE_STAGE_COUNT, "a name for each stage");

static const char *const tls_names[] = {
	[DIALOGUE_TLS_NONE] = "none",
	[DIALOGUE_TLS_STARTTLS] = "starttls",
	[DIALOGUE_TLS_IMPLICIT] = "implicit",
};
static_assert(COUNT_OF(tls_names) == DIALOGUE_TLS_COUNT, "a name for each way to TLS");

static const char *const misfit_names[] = {
	[DIALOGUE_MISFIT_NONE] = "none",
	[DIALOGUE_MISFIT_CLIENT_FIRST] = "client-first",
	[DIALOGUE_MISFIT_NO_REPLY_CODE] = "no-reply-code",
};
static_assert(COUNT_OF(misfit_names) == DIALOGUE_MISFIT_COUNT, "a name for each misfit");

static const char *const extension_names[] = {
	[DIALOGUE_EXTENSION_STARTTLS] = "STARTTLS",
	[DIALOGUE_EXTENSION_AUTH] = "AUTH",
	[DIALOGUE_EXTENSION_PIPELINING] = "PIPELINING",
	[DIALOGUE_EXTENSION_CHUNKING] = "CHUNKING",
	[DIALOGUE_EXTENSION_SIZE] = "SIZE",
	[DIALOGUE_EXTENSION_8BITMIME] = "8BITMIME",
	[DIALOGUE_EXTENSION_SMTPUTF8] = "SMTPUTF8",
	[DIALOGUE_EXTENSION_DSN] = "DSN",
	[DIALOGUE_EXTENSION_ENHANCEDSTATUSCODES] = "ENHANCEDSTATUSCODES",
};
static_assert(COUNT_OF(extension_names) == DIALOGUE_EXTENSION_COUNT, "a keyword for each extension");

static const char *const class_names[] = {
	[REPLY_CLASS_NONE] = "NONE",     [REPLY_CLASS_BLOCK] = "BLOCK",   [REPLY_CLASS_DNSBL] = "DNSBL",
	[REPLY_CLASS_TEMP] = "TEMP",     [REPLY_CLASS_PTR] = "PTR",       [REPLY_CLASS_AUTH] = "AUTH",
	[REPLY_CLASS_HELO] = "HELO",     [REPLY_CLASS_POLICY] = "POLICY", [REPLY_CLASS_RECEIVER] = "RECEIVER",
	[REPLY_CLASS_IGNORE] = "IGNORE",
};
static_assert(COUNT_OF(class_names) == REPLY_CLASS_COUNT, "a name for each class");

const char *actor_origin_name(enum actor_origin origin)
{
	return origin_names[origin];
}

const char *dialogue_stage_name(enum dialogue_stage stage)
{
	return stage_names[stage];
}

const char *dialogue_tls_name(enum dialogue_tls tls)
{
	return tls_names[tls];
}

const char *dialogue_misfit_name(enum dialogue_misfit misfit)
{
	return misfit_names[misfit];
}

const char *dialogue_extension_name(enum dialogue_extension extension)
{
	return extension_names[extension];
}

const char *reply_class_name(enum reply_class class)
{
	return class_names[class];
}

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

int alert_severity_parse(const char *name, enum alert_severity *ret_severity)
{
	for (int severity = 0; severity < ALERT_SEVERITY_COUNT; severity++) {
		if (strcmp(name, severity_names[severity]) == 0) {
			*ret_severity = (enum alert_severity)severity;
			return 0;
		}
	}
	return -EINVAL;
}

const char *alert_phase_name(enum alert_phase phase)
{
	return phase_names[phase];
}

const char *script_source_name(enum script_source source)
{
	return script_source_names[source];
}
