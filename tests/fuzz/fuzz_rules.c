// SPDX-License-Identifier: GPL-2.0-only
/* A rule file: read, compiled, listed and given back. */
#include "rules/rule_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_fclose_ FILE *stream = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : NULL;
	_cleanup_(cleanup_rule_set_free) struct rule_set *set = NULL;
	_cleanup_free_ char *text = NULL;
	struct ini_error error;
	size_t length;

	if (!stream || rule_set_read(stream, "rules.conf", &set, &error))
		return 0;
	FILE *listing = open_memstream(&text, &length);
	if (!listing)
		return 0;
	rule_set_print(set, listing);
	fclose(listing);
	return 0;
}
