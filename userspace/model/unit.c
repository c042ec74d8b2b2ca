// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"
#include "lib/copy.h"

#include <smtpwatch/unit.h>
#include <stddef.h>
#include <stdlib.h>

static const size_t text_offsets[] = {
	offsetof(struct unit, name),
	offsetof(struct unit, slice),
	offsetof(struct unit, container_runtime),
	offsetof(struct unit, container_id),
	offsetof(struct unit, container_name),
	offsetof(struct unit, container_image),
};

struct unit *unit_new(const struct unit *like)
{
	struct unit *unit = copy_with_texts(like, sizeof(*like), text_offsets, COUNT_OF(text_offsets));
	if (unit)
		unit->references = 1;
	return unit;
}

struct unit *unit_ref(struct unit *unit)
{
	if (unit)
		unit->references++;
	return unit;
}

void unit_unref(struct unit *unit)
{
	if (unit && --unit->references == 0)
		free(unit);
}
