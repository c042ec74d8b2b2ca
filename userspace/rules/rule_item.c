// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_item.h"

#include <stdarg.h>
#include <string.h>

#define BLANKS " \t"
#define REASON_SIZE 384

struct rule_items rule_items_begin(const struct rule_entry *entry, struct ini_error *error)
{
	return (struct rule_items){.entry = entry, .error = error, .rest = entry->lines[0].text};
}

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, BLANKS);
}

bool rule_items_take_not(struct rule_items *items)
{
	const char *text = skip_blanks(items->rest);
	const char *behind = skip_blanks(text + (strncmp(text, "not", 3) == 0 ? 3 : 0));

	/* "not" alone is a text like any other. */
	if (behind == text || behind == text + 3 || *behind == '\0' || *behind == ',')
		return false;
	items->rest = behind;
	return true;
}

/* Takes what stands in quotes, of which "" is one. NULL: the quotes have no end. */
static const char *take_quoted(const char *text, char ret_text[RULE_ITEM_SIZE])
{
	size_t length = 0;

	for (; *text != '\0'; text++) {
		if (*text == '"' && *++text != '"') {
			ret_text[length] = '\0';
			return text;
		}
		if (length < RULE_ITEM_SIZE - 1)
			ret_text[length++] = *text;
	}
	return NULL;
}

static const char *take_plain(const char *text, char ret_text[RULE_ITEM_SIZE])
{
	size_t size = strcspn(text, ",");
	size_t length = size < RULE_ITEM_SIZE ? size : RULE_ITEM_SIZE - 1;

	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	memcpy(ret_text, text, length);
	ret_text[length] = '\0';
	return text + size;
}

/* Goes to where the next item begins. False: there is none. */
static bool find_next(struct rule_items *items)
{
	items->rest = skip_blanks(items->rest);
	while (*items->rest == '\0') {
		if (++items->line >= items->entry->line_count)
			return false;
		items->rest = skip_blanks(items->entry->lines[items->line].text);
	}
	return true;
}

int rule_items_next(struct rule_items *items, struct rule_item *ret_item)
{
	if (items->line >= items->entry->line_count || !find_next(items))
		return 0;
	bool is_quoted = *items->rest == '"';
	ret_item->place = rule_line_place(&items->entry->lines[items->line], items->error);
	ret_item->key = items->entry->key;
	const char *end =
		is_quoted ? take_quoted(items->rest + 1, ret_item->text) : take_plain(items->rest, ret_item->text);
	if (!end)
		return ini_fail(&ret_item->place, "%s: the quotes have no end", ret_item->key);
	if (!is_quoted && ret_item->text[0] == '\0')
		return ini_fail(&ret_item->place, "%s: there is nothing before a comma", ret_item->key);
	if (!is_quoted && strchr(ret_item->text, '"'))
		return rule_item_refuse(ret_item, "quotes are around the whole of an item");
	end = skip_blanks(end);
	if (*end != ',' && *end != '\0')
		return ini_fail(&ret_item->place, "%s: behind the quotes, a comma or nothing has to stand",
				ret_item->key);
	items->rest = *end == ',' ? end + 1 : end;
	return 1;
}

int rule_item_only(const struct rule_entry *entry, struct ini_error *error, struct rule_item *ret_item)
{
	struct rule_items items = rule_items_begin(entry, error);
	const struct ini_place place = rule_line_place(&entry->lines[0], error);
	struct rule_item second;

	int result = rule_items_next(&items, ret_item);
	if (result == 0)
		return ini_fail(&place, "\"%s\" has no value", entry->key);
	if (result > 0)
		result = rule_items_next(&items, &second);
	if (result > 0)
		return ini_fail(&second.place, "\"%s\" has one value, and no list", entry->key);
	return result;
}

int rule_item_refuse(const struct rule_item *item, const char *reason, ...)
{
	char shown[INI_SHOWN_SIZE];
	char text[REASON_SIZE];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof(text), reason, arguments);
	va_end(arguments);
	return ini_fail(&item->place, "\"%s\" is not valid for %s: %s", ini_show(shown, item->text, strlen(item->text)),
			item->key, text);
}
