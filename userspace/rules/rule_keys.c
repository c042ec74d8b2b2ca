// SPDX-License-Identifier: GPL-2.0-only
#include "rules/rule_keys.h"

#include "lib/clock.h"
#include "lib/nearest.h"
#include "lib/text.h"
#include "rules/condition.h"
#include "rules/rule_item.h"
#include "rules/rule_text.h"
#include "rules/rule_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int rule_take_flag(const struct rule_section *section, const char *key, struct ini_error *error, bool *ret_flag)
{
	const struct rule_entry *entry = rule_section_find(section, key);
	struct rule_item item;

	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	bool is_yes = strcmp(item.text, "yes") == 0;
	if (!is_yes && strcmp(item.text, "no") != 0)
		return rule_item_refuse(&item, "it is yes or no");
	*ret_flag = is_yes;
	return 0;
}

int rule_take_duration(const struct rule_section *section, const char *key, uint64_t maximum, struct ini_error *error,
		       uint64_t *ret_ns)
{
	const struct rule_entry *entry = rule_section_find(section, key);
	struct rule_item item;
	uint64_t seconds;

	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	if (text_parse_duration(item.text, 1, maximum, &seconds))
		return rule_item_refuse(&item, "a duration is like 90, 90s, 5m, 2h or 1d, from 1s to %" PRIu64 "d",
					maximum / 86400);
	*ret_ns = seconds * NANOSECONDS_A_SECOND;
	return 0;
}

int rule_take_reason(const struct rule_section *section, const char **ret_reason)
{
	const struct rule_entry *entry = rule_section_find(section, "reason");
	_cleanup_free_ char *text = entry ? rule_text_join(entry) : NULL;

	if (!entry)
		return 0;
	*ret_reason = text ? rule_name(text) : NULL;
	return *ret_reason ? 0 : -ENOMEM;
}

int rule_take_source(const struct rule_section *section, char **ret_source)
{
	char *source;

	if (asprintf(&source, "%s:%d", section->file, section->line) < 0)
		return -ENOMEM;
	*ret_source = source;
	return 0;
}

static const struct rule_section *find_rule(const struct rule_sections *sections, const char *name)
{
	for (size_t i = 0; i < sections->count; i++)
		if (sections->sections[i].kind == RULE_SECTION_RULE && strcmp(sections->sections[i].name, name) == 0)
			return &sections->sections[i];
	return NULL;
}

static int refuse_rule(const struct rule_item *item, const struct rule_sections *sections)
{
	struct nearest nearest = nearest_begin(item->text);
	char hint[RULE_HINT_SIZE];

	for (size_t i = 0; i < sections->count; i++)
		if (sections->sections[i].kind == RULE_SECTION_RULE)
			nearest_offer(&nearest, sections->sections[i].name);
	return rule_item_refuse(item, "there is no such rule%s", rule_hint(hint, nearest.found));
}

int rule_take_alert(const struct rule_section *section, const struct rule_sections *sections, struct ini_error *error,
		    const char **ret_alert)
{
	const struct rule_entry *entry = rule_section_find(section, "alert");
	struct rule_item item;
	struct rule_item next;

	*ret_alert = section->name;
	int result = entry ? rule_item_only(entry, error, &item) : 0;
	if (!entry || result)
		return result;
	const struct rule_section *rule = find_rule(sections, item.text);
	if (!rule)
		return refuse_rule(&item, sections);
	const struct rule_entry *further = rule_section_find(rule, "alert");
	if (further && rule_item_only(further, error, &next) == 0 && strcmp(next.text, rule->name) != 0)
		return rule_item_refuse(&item, "that rule alerts under another name itself");
	*ret_alert = rule->name;
	return 0;
}

static int add_name(const char ***names, size_t *count, const char *name)
{
	const char **grown = reallocarray(*names, *count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	*names = grown;
	grown[(*count)++] = name;
	return 0;
}

int rule_take_names(const struct rule_section *section, const char *key, const struct rule_sections *sections,
		    bool as_alert, struct ini_error *error, const char ***ret_names, size_t *ret_count)
{
	const struct rule_entry *entry = rule_section_find(section, key);
	struct rule_items items;
	struct rule_item item;
	int result;

	if (!entry)
		return 0;
	items = rule_items_begin(entry, error);
	while ((result = rule_items_next(&items, &item)) > 0) {
		const struct rule_section *rule = find_rule(sections, item.text);

		if (!rule)
			return refuse_rule(&item, sections);
		const char *name = rule->name;
		int failure = as_alert ? rule_take_alert(rule, sections, error, &name) : 0;
		if (!failure)
			failure = add_name(ret_names, ret_count, name);
		if (failure)
			return failure;
	}
	return result;
}

static int take_condition(const struct rule_entry *entry, uint32_t events, struct ini_error *error,
			  struct condition *ret_condition)
{
	const struct ini_place place = rule_line_place(&entry->lines[0], error);
	bool is_only = false;
	enum field_id field = rule_condition_field(entry->key, &is_only);

	int result = rule_field_check(&place, field, events, false);
	return result ? result : condition_parse(entry, field, is_only, error, ret_condition);
}

int rule_take_conditions(const struct rule_section *section, uint32_t events, struct ini_error *error,
			 struct condition **ret_conditions, size_t *ret_count)
{
	struct condition *conditions = calloc(section->entry_count + 1, sizeof(*conditions));
	size_t count = 0;
	int result = 0;

	if (!conditions)
		return -ENOMEM;
	for (size_t i = 0; i < section->entry_count && !result; i++) {
		if (rule_key_find(section->kind, section->entries[i].key))
			continue;
		result = take_condition(&section->entries[i], events, error, &conditions[count]);
		count += !result;
	}
	conditions_sort(conditions, count);
	*ret_conditions = conditions;
	*ret_count = count;
	return result;
}

void rule_clear_conditions(struct condition *conditions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		condition_clear(&conditions[i]);
	free(conditions);
}
