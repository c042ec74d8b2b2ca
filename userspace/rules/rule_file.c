// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_file.h"

#include "lib/array.h"
#include "lib/clock.h"
#include "lib/nearest.h"
#include "lib/text.h"
#include "rules/rule_item.h"
#include "rules/rule_keys.h"
#include "rules/rule_text.h"
#include "rules/rule_words.h"
#include "rules/step.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS (24ULL * 60 * 60)
#define WINDOW_DEFAULT_NS (600 * NANOSECONDS_A_SECOND)
#define WINDOW_MAX (30 * DAY_SECONDS)
#define COOLDOWN_MAX (7 * DAY_SECONDS)
#define YEAR_MAX 2500 /* nanoseconds since 1970 overflow in 2554 */
#define UNUSED_MAX (3650 * DAY_SECONDS)

void rule_clear(struct rule *rule)
{
	free(rule->source);
	rule_clear_conditions(rule->conditions, rule->condition_count);
	free(rule->text);
	free(rule->pieces);
	*rule = (struct rule){0};
}

void combination_clear(struct combination *combination)
{
	free(combination->source);
	free(combination->any);
	free(combination->all);
	*combination = (struct combination){0};
}

void allowance_clear(struct allowance *allowance)
{
	free(allowance->source);
	rule_clear_conditions(allowance->conditions, allowance->condition_count);
	free(allowance->rules);
	*allowance = (struct allowance){0};
}

/* Of a section that lacks what makes it one: mostly a slip in the name of another. */
static int refuse_incomplete(const struct rule_section *section, const struct rule_sections *sections,
			     struct ini_error *error, const char *missing)
{
	const struct ini_place place = rule_section_place(section, error);
	const char *word = rule_section_word(section->kind);
	struct nearest nearest = nearest_begin(section->name);

	for (size_t i = 0; i < sections->count; i++)
		if (sections->sections[i].kind == section->kind && &sections->sections[i] != section)
			nearest_offer(&nearest, sections->sections[i].name);
	if (nearest.found && !section->is_shipped)
		return ini_fail(&place, "[%s%s] needs %s; did you mean [%s%s]?", word, section->name, missing, word,
				nearest.found);
	return ini_fail(&place, "[%s%s] needs %s", word, section->name, missing);
}

static int take_events(const struct rule_section *section, const char *key, struct ini_error *error,
		       uint32_t *ret_events)
{
	const struct rule_entry *entry = rule_section_find(section, key);
	struct rule_items items;
	struct rule_item item;
	int result;

	if (!entry)
		return 0;
	items = rule_items_begin(entry, error);
	while ((result = rule_items_next(&items, &item)) > 0) {
		int failure = rule_event_find(&item.place, item.text, ret_events);

		if (failure)
			return failure;
	}
	return result;
}

static int add_key_field(struct rule *rule, const struct rule_item *item)
{
	enum field_id field;
	int error = rule_field_find(&item->place, item->text, &field);

	if (!error)
		error = rule_field_check(&item->place, field, rule->listens, true);
	if (error)
		return error;
	for (size_t i = 0; i < rule->per_count; i++)
		if (rule->per[i] == field)
			return rule_item_refuse(item, "it is given twice");
	if (rule->per_count == RULE_KEY_FIELDS_MAX)
		return ini_fail(&item->place, "\"%s\" has at most %d fields", item->key, RULE_KEY_FIELDS_MAX);
	rule->per[rule->per_count++] = field;
	return 0;
}

static int take_key_fields(const struct rule_section *section, struct ini_error *error, struct rule *rule)
{
	const struct rule_entry *narrowest = rule_section_find(section, "narrowest");
	const struct rule_entry *entry = narrowest ? narrowest : rule_section_find(section, "per");
	struct rule_items items;
	struct rule_item item;
	int result;

	if (!entry) {
		rule->per[rule->per_count++] = FIELD_ACTOR;
		return 0;
	}
	rule->is_narrowest = narrowest != NULL;
	items = rule_items_begin(entry, error);
	while ((result = rule_items_next(&items, &item)) > 0) {
		int failure = add_key_field(rule, &item);

		if (failure)
			return failure;
	}
	return result;
}

static int take_sample(const struct rule_section *section, struct ini_error *error, struct rule *rule)
{
	const struct rule_entry *entry = rule_section_find(section, "sample");
	struct rule_item item;

	rule->sample = FIELD_COUNT;
	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	result = rule_field_find(&item.place, item.text, &rule->sample);
	return result ? result : rule_field_check(&item.place, rule->sample, rule->listens, false);
}

static int take_steps(const struct rule_section *section, struct ini_error *error, struct rule *rule)
{
	uint64_t window_ns = WINDOW_DEFAULT_NS;
	int result = rule_take_duration(section, "window", WINDOW_MAX, error, &window_ns);

	if (!result)
		result = steps_parse(rule_section_find(section, "severity"), window_ns, error, rule);
	if (!result)
		rule->shape = steps_shape(rule);
	return result;
}

/* What it listens to, and looks at. */
static int compile_questions(const struct rule_section *section, struct ini_error *error, struct rule *rule)
{
	int result = take_events(section, "listens", error, &rule->listens);

	if (!result)
		result = take_events(section, "whole", error, &rule->whole);
	if (!result)
		result = rule_take_conditions(section, rule->listens | rule->whole, error, &rule->conditions,
					      &rule->condition_count);
	if (!result)
		result = take_key_fields(section, error, rule);
	return result;
}

/* What it makes of that. */
static int compile_answers(const struct rule_section *section, struct ini_error *error, struct rule *rule)
{
	const struct rule_entry *text = rule_section_find(section, "text");
	int result = take_sample(section, error, rule);

	if (!result)
		result = take_steps(section, error, rule);
	if (!result)
		result = rule_take_duration(section, "cooldown", COOLDOWN_MAX, error, &rule->cooldown_ns);
	if (!result && text)
		result = rule_text_parse(text, error, rule);
	return result;
}

int rule_compile(const struct rule_section *section, const struct rule_sections *sections, struct ini_error *ret_error,
		 struct rule *rule)
{
	bool listens = rule_section_find(section, "listens") != NULL;
	bool has_severity = rule_section_find(section, "severity") != NULL;

	rule->name = section->name;
	rule->is_enabled = true;
	rule->is_local = section->is_local;
	if (!listens || !has_severity)
		return refuse_incomplete(section, sections, ret_error,
					 listens ? "\"severity\""
						 : (has_severity ? "\"listens\"" : "\"listens\" and \"severity\""));
	int error = rule_take_flag(section, "enabled", ret_error, &rule->is_enabled);
	if (!error)
		error = rule_take_source(section, &rule->source);
	if (!error)
		error = rule_take_reason(section, &rule->reason);
	if (!error)
		error = rule_take_alert(section, sections, ret_error, &rule->alert);
	if (!error)
		error = compile_questions(section, ret_error, rule);
	return error ? error : compile_answers(section, ret_error, rule);
}

static int take_level(const struct rule_section *section, struct ini_error *error, enum alert_severity *ret_severity)
{
	struct rule_item item;
	unsigned int severity = 0;

	int result = rule_item_only(rule_section_find(section, "severity"), error, &item);
	if (!result)
		result = rule_severity_find(&item.place, item.text, &severity, NULL);
	*ret_severity = (enum alert_severity)severity;
	return result;
}

int combination_compile(const struct rule_section *section, const struct rule_sections *sections,
			struct ini_error *ret_error, struct combination *combination)
{
	combination->name = section->name;
	combination->is_enabled = true;
	combination->is_local = section->is_local;
	if (!rule_section_find(section, "any") && !rule_section_find(section, "all"))
		return refuse_incomplete(section, sections, ret_error, "\"any\" or \"all\"");
	if (!rule_section_find(section, "severity"))
		return refuse_incomplete(section, sections, ret_error, "\"severity\"");
	int error = rule_take_flag(section, "enabled", ret_error, &combination->is_enabled);
	if (!error)
		error = rule_take_source(section, &combination->source);
	if (!error)
		error = rule_take_reason(section, &combination->reason);
	if (!error)
		error = take_level(section, ret_error, &combination->severity);
	if (!error)
		error = rule_take_names(section, "any", sections, true, ret_error, &combination->any,
					&combination->any_count);
	if (!error)
		error = rule_take_names(section, "all", sections, true, ret_error, &combination->all,
					&combination->all_count);
	return error;
}

/* To the end of that day in UTC, which no change of the host's time zone moves. */
static int take_until(const struct rule_section *section, struct ini_error *error, uint64_t *ret_until_ns)
{
	const struct rule_entry *entry = rule_section_find(section, "until");
	struct rule_item item;
	struct tm day = {0};

	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	const char *end = strlen(item.text) == strlen("2027-01-31") ? strptime(item.text, "%Y-%m-%d", &day) : NULL;
	struct tm begin = {.tm_year = day.tm_year, .tm_mon = day.tm_mon, .tm_mday = day.tm_mday};
	time_t seconds = timegm(&begin);
	/* Of February 30, timegm() makes a day of March. */
	if (!end || *end != '\0' || seconds < 0 || begin.tm_year > YEAR_MAX - 1900 || begin.tm_mday != day.tm_mday)
		return rule_item_refuse(&item, "it is a day, written like 2027-01-31");
	*ret_until_ns = ((uint64_t)seconds + DAY_SECONDS) * NANOSECONDS_A_SECOND;
	return 0;
}

static int take_unused_after(const struct rule_section *section, struct ini_error *error, uint64_t *ret_ns)
{
	const struct rule_entry *entry = rule_section_find(section, "unused_after");
	struct rule_item item;
	uint64_t seconds;

	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	if (text_parse_duration(item.text, 0, UNUSED_MAX, &seconds))
		return rule_item_refuse(&item, "a duration is like 90s, 5m, 2h or 30d, up to %llud; 0: never",
					UNUSED_MAX / DAY_SECONDS);
	*ret_ns = seconds ? seconds * NANOSECONDS_A_SECOND : ALLOWANCE_NEVER_UNUSED;
	return 0;
}

static bool is_allowed(const struct rule_section *section, const struct rule_sections *sections,
		       const struct allowance *allowance, struct ini_error *error)
{
	const char *alert;

	if (section->kind != RULE_SECTION_RULE || rule_take_alert(section, sections, error, &alert))
		return false;
	for (size_t i = 0; i < allowance->rule_count; i++)
		if (allowance->rules[i] == section->name || allowance->rules[i] == alert)
			return true;
	return allowance->rule_count == 0;
}

/* What the rules of the allowance listen to. */
static int find_allowed_events(const struct rule_sections *sections, const struct allowance *allowance,
			       struct ini_error *error, uint32_t *ret_events)
{
	int result = 0;

	*ret_events = allowance->rule_count ? 0 : EVENT_BIT(EVENT_COUNT) - 1;
	for (size_t i = 0; i < sections->count && !result; i++)
		if (is_allowed(&sections->sections[i], sections, allowance, error))
			result = take_events(&sections->sections[i], "listens", error, ret_events);
	return result;
}

int allowance_compile(const struct rule_section *section, const struct rule_sections *sections,
		      struct ini_error *ret_error, struct allowance *allowance)
{
	uint32_t events = 0;

	allowance->name = section->name;
	allowance->is_enabled = true;
	allowance->is_local = section->is_local;
	int error = rule_take_flag(section, "enabled", ret_error, &allowance->is_enabled);
	if (!error)
		error = rule_take_source(section, &allowance->source);
	if (!error)
		error = rule_take_reason(section, &allowance->reason);
	if (!error)
		error = rule_take_names(section, "rules", sections, false, ret_error, &allowance->rules,
					&allowance->rule_count);
	if (!error)
		error = find_allowed_events(sections, allowance, ret_error, &events);
	if (!error)
		error = rule_take_conditions(section, events, ret_error, &allowance->conditions,
					     &allowance->condition_count);
	if (!error && allowance->condition_count == 0)
		error = refuse_incomplete(section, sections, ret_error, "a condition: it would allow everybody");
	if (!error)
		error = take_until(section, ret_error, &allowance->until_wall_ns);
	if (!error)
		error = take_unused_after(section, ret_error, &allowance->unused_after_ns);
	return error;
}
