// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_words.h"

#include "lib/array.h"

#include <smtpwatch/alert.h>
#include <string.h>

#define MANUAL "smtpwatch-rules(5)"
#define NAMES_SIZE 256

#define RULE (1U << RULE_SECTION_RULE)
#define TOGETHER (1U << RULE_SECTION_TOGETHER)
#define ALLOW (1U << RULE_SECTION_ALLOW)
#define WITH_CONDITIONS (RULE | ALLOW)

const struct rule_key rule_keys[] = {
	{.name = "reason", .kinds = RULE | TOGETHER | ALLOW, .is_sentence = true},
	{.name = "enabled", .kinds = RULE | TOGETHER | ALLOW},
	{.name = "listens", .kinds = RULE},
	{.name = "whole", .kinds = RULE},
	{.name = "per", .kinds = RULE},
	{.name = "narrowest", .kinds = RULE},
	{.name = "severity", .kinds = RULE | TOGETHER, .may_repeat = true},
	{.name = "window", .kinds = RULE},
	{.name = "cooldown", .kinds = RULE},
	{.name = "alert", .kinds = RULE},
	{.name = "sample", .kinds = RULE},
	{.name = "text", .kinds = RULE, .is_sentence = true},
	{.name = "any", .kinds = TOGETHER},
	{.name = "all", .kinds = TOGETHER},
	{.name = "rules", .kinds = ALLOW},
	{.name = "until", .kinds = ALLOW},
	{.name = "unused_after", .kinds = ALLOW},
};
const size_t rule_key_count = COUNT_OF(rule_keys);

const struct rule_key *rule_key_find(enum rule_section_kind kind, const char *name)
{
	for (size_t i = 0; i < rule_key_count; i++)
		if ((rule_keys[i].kinds & (1U << kind)) && strcmp(rule_keys[i].name, name) == 0)
			return &rule_keys[i];
	return NULL;
}

const char *rule_hint(char text[RULE_HINT_SIZE], const char *found)
{
	snprintf(text, RULE_HINT_SIZE, found ? "; did you mean \"%s\"?" : "%s", found ? found : "");
	return text;
}

static bool is_only(const char *key)
{
	return strncmp(key, RULE_ONLY, strlen(RULE_ONLY)) == 0;
}

enum field_id rule_condition_field(const char *key, bool *ret_only)
{
	bool only = is_only(key);

	if (ret_only)
		*ret_only = only;
	return field_find(only ? key + strlen(RULE_ONLY) : key);
}

static bool is_mere_key(enum field_id field)
{
	return !fields[field].read;
}

void rule_field_offer(struct nearest *nearest, bool with_keys)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (with_keys || !is_mere_key((enum field_id)i))
			nearest_offer(nearest, fields[i].name);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const char *dot = strrchr(fields[i].name, '.');

		if (dot)
			nearest_offer_part(nearest, dot + 1, fields[i].name);
	}
}

static void list_keys(enum rule_section_kind kind, char names[NAMES_SIZE])
{
	size_t length = 0;

	names[0] = '\0';
	for (size_t i = 0; i < rule_key_count && length < NAMES_SIZE; i++)
		if (rule_keys[i].kinds & (1U << kind))
			length += (size_t)snprintf(names + length, NAMES_SIZE - length, "%s%s", length ? ", " : "",
						   rule_keys[i].name);
}

static int refuse_key(const struct ini_place *place, enum rule_section_kind kind, const char *key)
{
	bool only = (WITH_CONDITIONS & (1U << kind)) && is_only(key);
	struct nearest nearest = nearest_begin(only ? key + strlen(RULE_ONLY) : key);
	char shown[INI_SHOWN_SIZE];
	char names[NAMES_SIZE];

	for (size_t i = 0; i < rule_key_count && !only; i++)
		if (rule_keys[i].kinds & (1U << kind))
			nearest_offer(&nearest, rule_keys[i].name);
	if (WITH_CONDITIONS & (1U << kind))
		rule_field_offer(&nearest, false);
	list_keys(kind, names);
	ini_show(shown, key, strlen(key));
	if (nearest.found)
		return ini_fail(place, "unknown key \"%s\"; did you mean \"%s%s\"?", shown, only ? RULE_ONLY : "",
				nearest.found);
	if (WITH_CONDITIONS & (1U << kind))
		return ini_fail(place, "unknown key \"%s\"; valid are %s, and the names of fields, see " MANUAL, shown,
				names);
	return ini_fail(place, "unknown key \"%s\"; valid are %s", shown, names);
}

int rule_key_check(const struct ini_place *place, enum rule_section_kind kind, const char *key)
{
	bool only = false;
	enum field_id field = rule_condition_field(key, &only);

	if (rule_key_find(kind, key))
		return 0;
	if (!(WITH_CONDITIONS & (1U << kind)) || field == FIELD_COUNT)
		return refuse_key(place, kind, key);
	if (is_mere_key(field))
		return ini_fail(place, "\"%s\" is for \"per\" and \"narrowest\", and takes no condition",
				fields[field].name);
	if (only && kind == RULE_SECTION_ALLOW)
		return ini_fail(place, "an allowance counts nothing: write \"%s\" without \"" RULE_ONLY "\"",
				fields[field].name);
	return 0;
}

int rule_field_find(const struct ini_place *place, const char *name, enum field_id *ret_field)
{
	enum field_id field = field_find(name);
	char shown[INI_SHOWN_SIZE];
	char hint[RULE_HINT_SIZE];

	if (field != FIELD_COUNT) {
		*ret_field = field;
		return 0;
	}
	struct nearest nearest = nearest_begin(name);
	rule_field_offer(&nearest, true);
	ini_show(shown, name, strlen(name));
	if (!nearest.found)
		return ini_fail(place, "unknown field \"%s\"; " MANUAL " has them all", shown);
	return ini_fail(place, "unknown field \"%s\"%s", shown, rule_hint(hint, nearest.found));
}

static bool is_group(uint32_t events)
{
	return (events & (events - 1)) != 0;
}

/* Names of these events, several at once where there is a name for them. */
static void list_events(uint32_t events, char names[NAMES_SIZE])
{
	size_t length = 0;
	uint32_t named = 0;

	names[0] = '\0';
	for (int groups = 1; groups >= 0; groups--) {
		for (size_t i = 0; i < event_name_count && length < NAMES_SIZE; i++) {
			uint32_t of = event_names[i].events;

			if (is_group(of) != groups || (of & ~events) || !(of & ~named))
				continue;
			named |= of;
			length += (size_t)snprintf(names + length, NAMES_SIZE - length, "%s%s", length ? ", " : "",
						   event_names[i].name);
		}
	}
}

int rule_field_check(const struct ini_place *place, enum field_id field, uint32_t events, bool may_be_key)
{
	char names[NAMES_SIZE];

	if (is_mere_key(field))
		return may_be_key ? 0
				  : ini_fail(place, "\"%s\" is for \"per\" and \"narrowest\" only", fields[field].name);
	if (fields[field].events & events)
		return 0;
	list_events(fields[field].events, names);
	return ini_fail(place, "\"%s\" is not known of what the rule listens to; it is of %s", fields[field].name,
			names);
}

int rule_event_find(const struct ini_place *place, const char *name, uint32_t *events)
{
	struct nearest nearest = nearest_begin(name);
	char shown[INI_SHOWN_SIZE];
	char hint[RULE_HINT_SIZE];
	char names[NAMES_SIZE];
	size_t length = 0;

	for (size_t i = 0; i < event_name_count; i++) {
		if (strcmp(event_names[i].name, name) == 0) {
			*events |= event_names[i].events;
			return 0;
		}
		nearest_offer(&nearest, event_names[i].name);
		if (length < sizeof(names))
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", i ? ", " : "",
						   event_names[i].name);
	}
	return ini_fail(place, "unknown event \"%s\"; there are %s%s", ini_show(shown, name, strlen(name)), names,
			rule_hint(hint, nearest.found));
}

int rule_severity_find(const struct ini_place *place, const char *word, unsigned int *ret_severity, bool *ret_is_score)
{
	struct nearest nearest = nearest_begin(word);
	char shown[INI_SHOWN_SIZE];
	char hint[RULE_HINT_SIZE];

	if (ret_is_score) {
		*ret_is_score = strcmp(word, "score") == 0;
		*ret_severity = ALERT_SEVERITY_INFO;
		if (*ret_is_score)
			return 0;
		nearest_offer(&nearest, "score");
	}
	for (unsigned int i = 0; i < ALERT_SEVERITY_COUNT; i++) {
		if (strcmp(word, alert_severity_name((enum alert_severity)i)) == 0) {
			*ret_severity = i;
			return 0;
		}
		nearest_offer(&nearest, alert_severity_name((enum alert_severity)i));
	}
	return ini_fail(place, "\"%s\" is no severity; there are info, notice, warning, high%s%s",
			ini_show(shown, word, strlen(word)), ret_is_score ? ", critical and score" : " and critical",
			rule_hint(hint, nearest.found));
}
