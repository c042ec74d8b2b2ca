/* SPDX-License-Identifier: GPL-2.0-only */
/* What an attacker may call his files, processes and arguments, and what must not come of it. */
#ifndef SMTPWATCH_TESTS_SINKS_HOSTILE_H
#define SMTPWATCH_TESTS_SINKS_HOSTILE_H

#include "lib/text.h"
#include "shop.h"
#include "sinks/describe.h"

#include <stdlib.h>

#define HOSTILE(literal)                     \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct {
	const char *text;
	size_t size;
} hostile_texts[] = {
	HOSTILE("plain"),
	HOSTILE("two words"),
	HOSTILE("\nALERT rule=x severity=info user=root uid=0"),
	HOSTILE("\r\n"),
	HOSTILE("\x1b[2J\x1b]0;title\x07"),
	HOSTILE("\" user=root"),
	HOSTILE("\\\" user=root"),
	HOSTILE("\\"),
	HOSTILE("\\\\\""),
	HOSTILE("user=root"),
	HOSTILE("="),
	HOSTILE(" "),
	HOSTILE("a b\\"),
	HOSTILE("\","),
	HOSTILE("\"},\"user\":{\"name\":\"root\"}"),
	HOSTILE("\\n\\u000a\\x0a"),
	HOSTILE("\x01\x08\x09\x0b\x1f\x7f"),
	HOSTILE("\xff\xfe\xc3("),
	HOSTILE("\xc0\x80\xe0\x80\x8a\xf0\x80\x80\x8a"),
	HOSTILE("\xed\xa0\x80"),
	HOSTILE("\xf4\x90\x80\x80\xf8\x88\x80\x80\x80"),
	HOSTILE("\xe2\x80"),
	HOSTILE("\xc2\x85\xc2\x9b"),
	HOSTILE("a\xe2\x80\xae"
		"b\xe2\x81\xa6"),
	HOSTILE("a\xe2\x80\xa8"
		"b\xe2\x80\xa9"),
	HOSTILE("\xef\xbb\xbf\xe2\x80\x8b"),
	HOSTILE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	HOSTILE("%s%n%s"),
};

#define HOSTILE_SIZE 4096

/* The same text in each place of an alert that comes from outside. */
struct hostile {
	struct actor actor;
	struct script script;
	struct unit unit;
	struct alert alert;
	char executable[HOSTILE_SIZE];
	char cwd[HOSTILE_SIZE];
	char script_path[HOSTILE_SIZE];
	char argv[SW_ARGV_SIZE];
	char text[HOSTILE_SIZE]; /* url, method, pool, site, evidence, and all names of the unit */
};

/* Repeats the text until `size` bytes are full. */
static inline void fill(char *target, size_t size, const char *text, size_t text_size)
{
	for (size_t i = 0; i < size; i++)
		target[i] = text[i % text_size];
}

static inline void make_hostile_names(struct hostile *hostile, const char *text, size_t size, bool filled)
{
	struct actor *actor = &hostile->actor;
	size_t longest_name = ACTOR_USER_NAME_SIZE - 1;
	size_t name_size = filled || size > longest_name ? longest_name : size;

	memset(actor->identity.comm, 0, SW_COMM_SIZE);
	fill(actor->identity.comm, filled || size > SW_COMM_SIZE ? SW_COMM_SIZE : size, text, size);
	memcpy(actor->identity.ancestors[0].comm, actor->identity.comm, SW_COMM_SIZE);
	memset(actor->user_name, 0, sizeof(actor->user_name));
	fill(actor->user_name, name_size, text, size);
	memcpy(actor->owner_name, actor->user_name, sizeof(actor->owner_name));
}

static inline void make_hostile_script(struct hostile *hostile)
{
	hostile->script = (struct script){
		.source = SCRIPT_SOURCE_PHP_REQUEST,
		.path = hostile->script_path,
		.url = hostile->text,
		.method = hostile->text,
		.pool = hostile->text,
		.site = hostile->text,
	};
	hostile->unit = (struct unit){
		.name = hostile->text,
		.slice = hostile->text,
		.container_runtime = hostile->text,
		.container_id = hostile->text,
		.container_name = hostile->text,
		.container_image = hostile->text,
	};
	hostile->actor.script = &hostile->script;
	hostile->actor.unit = &hostile->unit;
	hostile->alert = shop_alert(&hostile->actor);
	hostile->alert.evidence = hostile->text;
}

/* Paths get `path_size` bytes behind their slash, or the bare text; the others are filled, far beyond what any of them
 * shows, or not. */
static inline void make_hostile(struct hostile *hostile, size_t place, size_t path_size, bool filled)
{
	const char *text = hostile_texts[place].text;
	size_t size = hostile_texts[place].size;

	*hostile = (struct hostile){.actor = shop_actor()};
	hostile->executable[0] = '/';
	fill(hostile->executable + 1, path_size ? path_size : size, text, size);
	memcpy(hostile->cwd, hostile->executable, HOSTILE_SIZE);
	memcpy(hostile->script_path, hostile->executable, HOSTILE_SIZE);
	fill(hostile->argv, filled ? SW_ARGV_SIZE : size, text, size);
	fill(hostile->text, filled ? HOSTILE_SIZE - 1 : size, text, size);
	hostile->actor.executable = hostile->executable;
	hostile->actor.cwd = hostile->cwd;
	hostile->actor.argv = hostile->argv;
	hostile->actor.argv_size = filled ? SW_ARGV_SIZE : size;
	make_hostile_names(hostile, text, size, filled);
	make_hostile_script(hostile);
}

/* How a path is shown that has room for `room` bytes: of a long one the end, which has the file's name. Returns the
 * size. */
static inline size_t shown_path(const char *path, size_t room, char *shown)
{
	size_t size = strlen(path);

	if (size <= room) {
		memcpy(shown, path, size);
		return size;
	}
	memcpy(shown, "...", 3);
	memcpy(shown + 3, path + size - (room - 3), room - 3);
	return room;
}

static inline bool is_harmful(uint32_t code_point)
{
	return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f) ||
	       (code_point >= 0x200b && code_point <= 0x200f) || (code_point >= 0x2028 && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xfeff;
}

/* One line of valid UTF-8 that does nothing to a terminal. */
static inline void assert_harmless(const char *line, size_t size)
{
	while (size > 0) {
		uint32_t code_point = 0;
		size_t length = text_decode_utf8((const uint8_t *)line, size, &code_point);
		assert_int_not_equal(length, 0);
		if (is_harmful(code_point))
			fail_msg("U+%04X in a line", code_point);
		line += length;
		size -= length;
	}
}

/* Undoes text_escape(): a reader of its own, after what lib/text.h says. Returns the size. */
static inline size_t unescape(const char *text, size_t size, char *target)
{
	size_t written = 0;

	for (size_t i = 0; i < size;) {
		if (text[i] != '\\') {
			target[written++] = text[i++];
		} else if (text[i + 1] == 'x') {
			char digits[3] = {text[i + 2], text[i + 3], '\0'};
			target[written++] = (char)strtoul(digits, NULL, 16);
			i += 4;
		} else if (text[i + 1] == 'u') {
			unsigned long code_point = strtoul(text + i + 3, NULL, 16);
			if (code_point >= 0x800)
				target[written++] = (char)(0xe0 | code_point >> 12);
			target[written++] = (char)((code_point >= 0x800 ? 0x80 : 0xc0) | (code_point >> 6 & 0x3f));
			target[written++] = (char)(0x80 | (code_point & 0x3f));
			i += strcspn(text + i, "}") + 1;
		} else {
			target[written++] = text[i + 1];
			i += 2;
		}
	}
	return written;
}

#endif
