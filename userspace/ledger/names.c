// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <smtpwatch/ledger.h>
#include <string.h>

static const char *const by_names[] = {
	[LEDGER_BY_SCRIPT] = "script",           [LEDGER_BY_USER] = "user",
	[LEDGER_BY_PROCESS] = "process",         [LEDGER_BY_UNIT] = "unit",
	[LEDGER_BY_DESTINATION] = "destination", [LEDGER_BY_RECEIVER] = "receiver",
};
static_assert(COUNT_OF(by_names) == LEDGER_BY_COUNT, "a name for each");

static const char *const verdict_names[] = {
	[LEDGER_VERDICT_MTA] = "mta",
	[LEDGER_VERDICT_RELAY] = "relay",
	[LEDGER_VERDICT_APPLICATION] = "application",
	[LEDGER_VERDICT_ALLOWED] = "allowed",
	[LEDGER_VERDICT_SUSPICIOUS] = "suspicious",
	[LEDGER_VERDICT_DIRECT] = "direct-to-mx",
};
static_assert(COUNT_OF(verdict_names) == LEDGER_VERDICT_COUNT, "a name for each");

static const char *const port_names[] = {
	[LEDGER_PORT_SMTP] = "25",
	[LEDGER_PORT_SUBMISSIONS] = "465",
	[LEDGER_PORT_SUBMISSION] = "587",
	[LEDGER_PORT_OTHER] = "other",
};
static_assert(COUNT_OF(port_names) == LEDGER_PORT_COUNT, "a name for each");

static int find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *ledger_by_name(enum ledger_by by)
{
	return by_names[by];
}

int ledger_by_parse(const char *name, enum ledger_by *ret_by)
{
	int found = find(by_names, COUNT_OF(by_names), name);
	if (found < 0)
		return found;
	*ret_by = (enum ledger_by)found;
	return 0;
}

const char *ledger_verdict_name(enum ledger_verdict verdict)
{
	return verdict_names[verdict];
}

int ledger_verdict_parse(const char *name, enum ledger_verdict *ret_verdict)
{
	int found = find(verdict_names, COUNT_OF(verdict_names), name);
	if (found < 0)
		return found;
	*ret_verdict = (enum ledger_verdict)found;
	return 0;
}

const char *ledger_port_name(enum ledger_port port)
{
	return port_names[port];
}
