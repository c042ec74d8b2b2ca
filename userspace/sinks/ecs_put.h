/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of the JSON objects that ecs.h makes. Memory that runs out leaves a field out. */
#ifndef SMTPWATCH_SINKS_ECS_PUT_H
#define SMTPWATCH_SINKS_ECS_PUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The object `name` of the parent, made where there is none. Borrowed from the parent. */
json_t *ecs_object_in(json_t *parent, const char *name);

void ecs_put_number(json_t *object, const char *name, uint64_t number);

/* A word of this house: not escaped. */
void ecs_put_word(json_t *object, const char *name, const char *word);

/* Text from outside, escaped, at most DESCRIBE_PATH_SIZE bytes of it. */
void ecs_put_bytes(json_t *object, const char *name, const void *text, size_t size);

/* The same of a NUL-terminated text; nothing where it is NULL or empty. */
void ecs_put_text(json_t *object, const char *name, const char *text);

/* A number that names something, as ECS wants it: in quotes. */
void ecs_put_id(json_t *object, const char *name, uint32_t id);

/* Nothing where it is false. */
void ecs_put_true(json_t *object, const char *name, bool is_true);

#endif
