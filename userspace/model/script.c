// SPDX-License-Identifier: GPL-2.0-only
#include "lib/array.h"
#include "lib/copy.h"

#include <smtpwatch/script.h>
#include <stdlib.h>
#include <string.h>

static const size_t text_offsets[] = {
	offsetof(struct script, path), offsetof(struct script, url),  offsetof(struct script, method),
	offsetof(struct script, pool), offsetof(struct script, site),
};

struct script *script_new(const struct script *like)
{
	struct script *script = copy_with_texts(like, sizeof(*like), text_offsets, COUNT_OF(text_offsets));
	if (script)
		script->references = 1;
	return script;
}

struct script *script_ref(struct script *script)
{
	if (script)
		script->references++;
	return script;
}

void script_unref(struct script *script)
{
	if (script && --script->references == 0)
		free(script);
}

const char *script_file_path(const struct script *script)
{
	if (!script || script->one_liner || !script->path)
		return NULL;
	if (script->source == SCRIPT_SOURCE_CWD || script->source == SCRIPT_SOURCE_FPM_POOL)
		return NULL;
	return script->path;
}

static bool is_same_text(const struct script *left, const struct script *right, size_t offset)
{
	const char *left_text = *(char *const *)((const char *)left + offset);
	const char *right_text = *(char *const *)((const char *)right + offset);

	return left_text == right_text || (left_text && right_text && strcmp(left_text, right_text) == 0);
}

bool script_is_like(const struct script *left, const struct script *right)
{
	if (left == right)
		return true;
	if (!left || !right || left->source != right->source || left->inherited != right->inherited ||
	    left->claimed != right->claimed || left->one_liner != right->one_liner || left->deleted != right->deleted ||
	    left->cut != right->cut)
		return false;
	for (size_t i = 0; i < COUNT_OF(text_offsets); i++)
		if (!is_same_text(left, right, text_offsets[i]))
			return false;
	return true;
}
