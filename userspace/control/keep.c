// SPDX-License-Identifier: GPL-2.0-only
/* The lines of past alerts over a restart, so that an incident that goes on can still be explained. */
#include "control/internal.h"

#include <errno.h>
#include <string.h>

void control_keep(const struct control *control, FILE *stream)
{
	for (const struct history_line *line = control->alerts.oldest; line; line = line->newer) {
		keep_begin(stream, CONTROL_KEEP_KIND);
		if (line->incident[0])
			keep_put_text(stream, "incident", line->incident);
		keep_put_text(stream, "text", line->text);
		keep_end(stream);
	}
}

/* Clients get the text as a part of a message, so it has to be one object. */
int control_restore(struct control *control, struct keep_line *line)
{
	char incident[ALERT_INCIDENT_ID_SIZE];
	size_t size;
	const char *text = keep_bytes(line, "text", &size);

	keep_copy_text(line, "incident", incident, sizeof(incident));
	if (!text || line->is_bad)
		return -EINVAL;
	json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_free_ char *again = json_is_object(object) ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (!again)
		return -EINVAL;
	history_add(&control->alerts, incident, again);
	return 0;
}
