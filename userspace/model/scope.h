/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where addresses lie: external, or in a network that is not the world. One table, made at the start and
 * at a reload, is asked here for each observation and is handed to the kernel for its counters, so that
 * both say the same of an address.
 */
#ifndef SMTPWATCH_MODEL_SCOPE_H
#define SMTPWATCH_MODEL_SCOPE_H

#include "lib/address.h"
#include "lib/cleanup.h"

#include <smtpwatch/abi.h>
#include <stdbool.h>
#include <stddef.h>

struct scope_entry {
	struct prefix prefix;
	enum sw_scope scope;
};

struct scopes;

/* A table that knows the networks which are internal everywhere. NULL when there is no memory. */
struct scopes *scopes_new(void);
void scopes_free(struct scopes *scopes);
DEFINE_CLEANUP(struct scopes, scopes_free)

/* Adds a network. Of two that have one prefix the higher enum value stays. 0, -ENOMEM, or -ENOSPC beyond
 * SW_SCOPES_MAX. */
int scopes_add(struct scopes *scopes, const struct prefix *prefix, enum sw_scope scope);

/* What the longest prefix that contains the address says; SW_SCOPE_EXTERNAL where there is none. */
enum sw_scope scopes_classify(const struct scopes *scopes, const struct address *address);

/* Whether an address is internal everywhere, whoever's it is. */
bool scope_is_internal(const struct address *address);

/* The entries, longest prefix first. They are the table's. */
const struct scope_entry *scopes_entries(const struct scopes *scopes, size_t *ret_count);

#endif
