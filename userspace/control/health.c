// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"

#include <assert.h>
#include <errno.h>
#include <smtpwatch/health.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[HEALTH_OK] = "ok",
	[HEALTH_OFF] = "off",
	[HEALTH_DEGRADED] = "degraded",
	[HEALTH_BLIND] = "blind",
};
static_assert(COUNT_OF(names) == HEALTH_STATE_COUNT, "a name for each");

const char *health_state_name(enum health_state state)
{
	return names[state];
}

int health_state_parse(const char *name, enum health_state *ret_state)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0) {
			*ret_state = (enum health_state)i;
			return 0;
		}
	return -EINVAL;
}

enum health_state health_worst(const struct health *health, char text[HEALTH_TEXT_SIZE])
{
	const struct health_check *worst = NULL;

	text[0] = '\0';
	for (size_t i = 0; i < health->count; i++)
		if (health->checks[i].state > (worst ? worst->state : HEALTH_OK))
			worst = &health->checks[i];
	if (!worst)
		return HEALTH_OK;
	/* Cut where it finds no room. */
	int length = snprintf(text, HEALTH_TEXT_SIZE, "%s: ", worst->name);
	snprintf(text + length, HEALTH_TEXT_SIZE - (size_t)length, "%s", worst->text);
	return worst->state;
}
