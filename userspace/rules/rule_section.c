// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_section.h"

#include "lib/array.h"
#include "lib/cleanup.h"
#include "rules/rule_set.h"
#include "rules/rule_words.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define BLANKS " \t"

static const char *const section_words[] = {
	[RULE_SECTION_RULE] = "",
	[RULE_SECTION_TOGETHER] = "together ",
	[RULE_SECTION_ALLOW] = "allow ",
};
static_assert(COUNT_OF(section_words) == RULE_SECTION_KIND_COUNT, "each kind has its word");

const char *rule_section_word(enum rule_section_kind kind)
{
	return section_words[kind];
}

static void clear_entry(struct rule_entry *entry)
{
	for (size_t i = 0; i < entry->line_count; i++)
		free(entry->lines[i].text);
	free(entry->lines);
	*entry = (struct rule_entry){0};
}

static void clear_section(struct rule_section *section)
{
	for (size_t i = 0; i < section->entry_count; i++)
		clear_entry(&section->entries[i]);
	free(section->entries);
	*section = (struct rule_section){0};
}

void rule_sections_clear(struct rule_sections *sections)
{
	for (size_t i = 0; i < sections->count; i++)
		clear_section(&sections->sections[i]);
	free(sections->sections);
	*sections = (struct rule_sections){0};
}

struct ini_place rule_line_place(const struct rule_line *line, struct ini_error *error)
{
	return (struct ini_place){.file = line->file, .line = line->line, .error = error};
}

struct ini_place rule_section_place(const struct rule_section *section, struct ini_error *error)
{
	return (struct ini_place){.file = section->file, .line = section->line, .error = error};
}

static struct rule_entry *find_entry(const struct rule_section *section, const char *key)
{
	for (size_t i = 0; i < section->entry_count; i++)
		if (strcmp(section->entries[i].key, key) == 0)
			return &section->entries[i];
	return NULL;
}

const struct rule_entry *rule_section_find(const struct rule_section *section, const char *key)
{
	return find_entry(section, key);
}

static struct rule_section *find_section(const struct rule_sections *sections, enum rule_section_kind kind,
					 const char *name)
{
	for (size_t i = 0; i < sections->count; i++)
		if (sections->sections[i].kind == kind && sections->sections[i].name == name)
			return &sections->sections[i];
	return NULL;
}

/* A file being read: its sections stand by themselves until it is known to be sound. */
struct reading {
	struct rule_sections sections;
	const char *file; /* interned */
	bool is_local;
};

/* Takes "allow NAME" apart. */
static const char *split_header(const char *header, enum rule_section_kind *ret_kind)
{
	for (size_t kind = RULE_SECTION_KIND_COUNT - 1; kind > RULE_SECTION_RULE; kind--) {
		size_t length = strlen(section_words[kind]) - 1;

		if (strncmp(header, section_words[kind], length) == 0 && header[length] != '\0' &&
		    strchr(BLANKS, header[length])) {
			*ret_kind = (enum rule_section_kind)kind;
			return header + length + strspn(header + length, BLANKS);
		}
	}
	*ret_kind = RULE_SECTION_RULE;
	return header;
}

static int check_name(const struct ini_place *place, const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_");
	char shown[INI_SHOWN_SIZE];

	if (name[length] != '\0' || length == 0)
		return ini_fail(place,
				"\"%s\" is no name: a section is [NAME], [together NAME] or [allow NAME], and a name "
				"has a-z, 0-9, - and _",
				ini_show(shown, name, strlen(name)));
	if (length > RULE_NAME_MAX)
		return ini_fail(place, "the name is too long: it may have %d characters", RULE_NAME_MAX);
	return 0;
}

static int add_section(struct rule_sections *sections, const struct rule_section *section)
{
	struct rule_section *grown = reallocarray(sections->sections, sections->count + 1, sizeof(*sections->sections));

	if (!grown)
		return -ENOMEM;
	sections->sections = grown;
	grown[sections->count++] = *section;
	return 0;
}

static int take_section(void *context, const struct ini_place *place, const char *header)
{
	struct reading *reading = context;
	struct rule_section section = {
		.file = reading->file,
		.line = place->line,
		.is_shipped = !reading->is_local,
		.is_local = reading->is_local,
	};

	const char *text = split_header(header, &section.kind);
	int error = check_name(place, text);
	if (error)
		return error;
	section.name = rule_name(text);
	if (!section.name)
		return -ENOMEM;
	const struct rule_section *earlier = find_section(&reading->sections, section.kind, section.name);
	if (earlier)
		return ini_fail(place, "[%s%s] is given twice, first in line %d", section_words[section.kind],
				section.name, earlier->line);
	if (reading->sections.count == RULE_SECTIONS_MAX)
		return ini_fail(place, "there are more than %d sections", RULE_SECTIONS_MAX);
	return add_section(&reading->sections, &section);
}

static int add_entry(struct rule_section *section, const char *key, struct rule_entry **ret_entry)
{
	const char *kept = rule_name(key);
	struct rule_entry *grown =
		kept ? reallocarray(section->entries, section->entry_count + 1, sizeof(*grown)) : NULL;

	if (!grown)
		return -ENOMEM;
	section->entries = grown;
	*ret_entry = &grown[section->entry_count++];
	**ret_entry = (struct rule_entry){.key = kept};
	return 0;
}

static int add_line(const struct reading *reading, const struct ini_place *place, struct rule_entry *entry,
		    const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct rule_line *grown =
		copy ? reallocarray(entry->lines, entry->line_count + 1, sizeof(*entry->lines)) : NULL;

	if (!grown)
		return -ENOMEM;
	entry->lines = grown;
	grown[entry->line_count++] =
		(struct rule_line){.text = TAKE_PTR(copy), .file = reading->file, .line = place->line};
	return 0;
}

/* Whether the text reads like a line "key = value". */
static bool is_assignment(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz._");

	text += length;
	text += strspn(text, BLANKS);
	return length > 0 && *text == '=';
}

/* `entry` is what the section has of the key so far, or NULL. */
static int check_line(const struct ini_place *place, enum rule_section_kind kind, const char *key, const char *value,
		      const struct rule_entry *entry)
{
	const struct rule_key *known = rule_key_find(kind, key);

	if (place->continues && is_assignment(value))
		return ini_fail(place, "an indented line continues \"%s\" above it; a key begins in the first column",
				key);
	if (!place->continues && entry && !(known && known->may_repeat))
		return ini_fail(place, "\"%s\" is given twice, first in line %d; a list goes on in indented lines", key,
				entry->lines[0].line);
	return 0;
}

static int take_key(void *context, const struct ini_place *place, const char *section_name, const char *key,
		    const char *value)
{
	struct reading *reading = context;
	char shown[INI_SHOWN_SIZE];

	(void)section_name;
	if (reading->sections.count == 0)
		return ini_fail(place, "key \"%s\" before any section", ini_show(shown, key, strlen(key)));
	struct rule_section *section = &reading->sections.sections[reading->sections.count - 1];
	struct rule_entry *entry = find_entry(section, key);
	int error = rule_key_check(place, section->kind, key);
	if (!error)
		error = check_line(place, section->kind, key, value, entry);
	if (!error && !entry)
		error = add_entry(section, key, &entry);
	return error ? error : add_line(reading, place, entry, value);
}

static bool is_empty(const struct rule_entry *entry)
{
	for (size_t i = 0; i < entry->line_count; i++)
		if (entry->lines[i].text[0] != '\0')
			return false;
	return true;
}

static void remove_entry(struct rule_section *section, const char *key)
{
	struct rule_entry *entry = find_entry(section, key);

	if (!entry)
		return;
	size_t index = (size_t)(entry - section->entries);
	clear_entry(entry);
	section->entry_count--;
	memmove(entry, entry + 1, (section->entry_count - index) * sizeof(*entry));
}

/* Keys that say the same in two ways: one of them takes the other away. */
static const char *counterpart_of(const char *key)
{
	if (strcmp(key, "per") == 0)
		return "narrowest";
	return strcmp(key, "narrowest") == 0 ? "per" : NULL;
}

/* What the entry says takes the place of what the section has; an empty one leaves nothing there. */
static int override_entry(struct rule_section *section, struct rule_entry *entry)
{
	const char *counterpart = counterpart_of(entry->key);
	struct rule_entry *added;

	remove_entry(section, entry->key);
	if (is_empty(entry))
		return 0;
	if (counterpart)
		remove_entry(section, counterpart);
	int error = add_entry(section, entry->key, &added);
	if (error)
		return error;
	*added = *entry;
	*entry = (struct rule_entry){0};
	return 0;
}

static int override_section(struct rule_section *section, struct rule_section *by)
{
	int error = 0;

	section->is_local = section->is_local || by->is_local;
	for (size_t i = 0; i < by->entry_count && !error; i++)
		error = override_entry(section, &by->entries[i]);
	return error;
}

static int check_section(const struct rule_section *section, bool is_new, struct ini_error *error)
{
	for (size_t i = 0; i < section->entry_count; i++) {
		const struct rule_entry *entry = &section->entries[i];
		const char *counterpart = counterpart_of(entry->key);
		const struct ini_place place = rule_line_place(&entry->lines[0], error);

		/* Of a section that there was none of before, there is nothing to take away. */
		if (is_new && is_empty(entry))
			return ini_fail(&place, "\"%s\" has no value", entry->key);
		if (counterpart && find_entry(section, counterpart))
			return ini_fail(&place, "a rule has either \"per\" or \"narrowest\"");
	}
	return 0;
}

static int merge(struct rule_sections *sections, struct reading *reading, struct ini_error *error)
{
	int result = 0;

	for (size_t i = 0; i < reading->sections.count && !result; i++) {
		struct rule_section *section = &reading->sections.sections[i];
		struct rule_section *earlier = find_section(sections, section->kind, section->name);
		const struct ini_place place = rule_section_place(section, error);

		result = check_section(section, !earlier, error);
		if (!result && earlier)
			result = override_section(earlier, section);
		if (result || earlier)
			continue;
		if (sections->count == RULE_SECTIONS_MAX)
			result = ini_fail(&place, "there are more than %d sections", RULE_SECTIONS_MAX);
		if (!result)
			result = add_section(sections, section);
		if (!result)
			*section = (struct rule_section){0};
	}
	return result;
}

static const struct ini_handlers handlers = {.take_section = take_section, .take_key = take_key};

int rule_sections_read(struct rule_sections *sections, FILE *stream, const char *name, bool is_local,
		       struct ini_error *ret_error)
{
	struct reading reading = {.file = rule_name(name), .is_local = is_local};
	int error = reading.file ? 0 : -ENOMEM;

	if (!error)
		error = ini_read_stream(stream, name, &handlers, &reading, ret_error);
	if (!error)
		error = merge(sections, &reading, ret_error);
	rule_sections_clear(&reading.sections);
	return error;
}
