// SPDX-License-Identifier: GPL-2.0-only
#include "sinks/ecs_put.h"

#include "lib/text.h"
#include "sinks/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

json_t *ecs_object_in(json_t *parent, const char *name)
{
	json_t *child = json_object_get(parent, name);
	if (child)
		return child;
	json_object_set_new(parent, name, json_object());
	return json_object_get(parent, name);
}

void ecs_put_number(json_t *object, const char *name, uint64_t number)
{
	json_object_set_new(object, name, json_integer((json_int_t)number));
}

void ecs_put_word(json_t *object, const char *name, const char *word)
{
	json_object_set_new(object, name, json_string(word));
}

void ecs_put_bytes(json_t *object, const char *name, const void *text, size_t size)
{
	char escaped[TEXT_ESCAPED_SIZE(DESCRIBE_PATH_SIZE)];
	text_escape(escaped, sizeof(escaped), text, size < DESCRIBE_PATH_SIZE ? size : DESCRIBE_PATH_SIZE);
	ecs_put_word(object, name, escaped);
}

void ecs_put_text(json_t *object, const char *name, const char *text)
{
	if (text && text[0])
		ecs_put_bytes(object, name, text, strnlen(text, DESCRIBE_PATH_SIZE));
}

void ecs_put_id(json_t *object, const char *name, uint32_t id)
{
	char text[sizeof("4294967295")];
	snprintf(text, sizeof(text), "%" PRIu32, id);
	ecs_put_word(object, name, text);
}

void ecs_put_true(json_t *object, const char *name, bool is_true)
{
	if (is_true)
		json_object_set_new(object, name, json_true());
}
