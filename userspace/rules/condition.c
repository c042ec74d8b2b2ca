// SPDX-License-Identifier: GPL-2.0-only
#include "rules/condition.h"

#include "lib/array.h"
#include "lib/nearest.h"
#include "lib/text.h"
#include "rules/rule_item.h"
#include "rules/rule_words.h"
#include "rules/text_list.h"
#include "signals/domain.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define BLANKS " \t"
#define SECONDS_MAX (100ULL * 365 * 24 * 60 * 60)
#define WORDS_SIZE 192

static bool fits_texts(const struct condition *condition, const union field_value *value)
{
	return text_list_has(condition->texts, value->text);
}

static bool fits_words(const struct condition *condition, const union field_value *value)
{
	return value->number < 32 && (condition->words >> value->number & 1);
}

static bool fits_ranges(const struct condition *condition, const union field_value *value)
{
	for (size_t i = 0; i < condition->range_count; i++)
		if (value->number >= condition->ranges[i].least && value->number <= condition->ranges[i].most)
			return true;
	return false;
}

static bool fits_networks(const struct condition *condition, const union field_value *value)
{
	return network_list_has(condition->networks, value->address);
}

/* Takes the star off the end of a beginning. */
static int cut_star(const struct rule_item *item, char text[RULE_ITEM_SIZE], bool *ret_is_beginning)
{
	size_t length = strlen(item->text);

	memcpy(text, item->text, length + 1);
	*ret_is_beginning = length > 0 && text[length - 1] == '*';
	if (*ret_is_beginning)
		text[length - 1] = '\0';
	if (strchr(text, '*'))
		return rule_item_refuse(item, "a \"*\" stands at the end, for whatever follows, and nowhere else");
	return 0;
}

static int add_to_texts(struct condition *condition, const char *text, bool is_beginning)
{
	if (!condition->texts)
		condition->texts = text_list_new();
	return condition->texts ? text_list_add(condition->texts, text, is_beginning) : -ENOMEM;
}

static int add_text(struct condition *condition, const struct rule_item *item)
{
	char text[RULE_ITEM_SIZE];
	bool is_beginning;
	int error = cut_star(item, text, &is_beginning);

	return error ? error : add_to_texts(condition, text, is_beginning);
}

/* In the form that the field has. The dot that a beginning ends with is none of the root. */
static int add_name(struct condition *condition, const struct rule_item *item)
{
	char text[RULE_ITEM_SIZE];
	char plain[NAME_SIZE + 1];
	bool is_beginning;
	int error = cut_star(item, text, &is_beginning);

	if (error)
		return error;
	domain_plain(text, plain);
	size_t length = strlen(plain);
	if (is_beginning && *text && text[strlen(text) - 1] == '.')
		memcpy(plain + length, ".", sizeof("."));
	return add_to_texts(condition, plain, is_beginning);
}

static int refuse_word(const struct rule_item *item, const char *const *words)
{
	struct nearest nearest = nearest_begin(item->text);
	char all[WORDS_SIZE] = "";
	char hint[RULE_HINT_SIZE];
	size_t length = 0;

	for (size_t i = 0; words[i]; i++) {
		const char *separator = words[i + 1] ? ", " : " or ";

		nearest_offer(&nearest, words[i]);
		if (length < sizeof(all))
			length += (size_t)snprintf(all + length, sizeof(all) - length, "%s%s", i ? separator : "",
						   words[i]);
	}
	return rule_item_refuse(item, "it is %s%s", all, rule_hint(hint, nearest.found));
}

static int add_word(struct condition *condition, const struct rule_item *item)
{
	const char *const *words = fields[condition->field].words;

	for (size_t i = 0; words[i]; i++) {
		if (strcmp(words[i], item->text) == 0) {
			condition->words |= 1U << i;
			return 0;
		}
	}
	return refuse_word(item, words);
}

static int add_flag(struct condition *condition, const struct rule_item *item)
{
	bool is_yes = strcmp(item->text, "yes") == 0;

	if (!is_yes && strcmp(item->text, "no") != 0)
		return rule_item_refuse(item, "it is yes or no");
	condition->words |= 1U << is_yes;
	return 0;
}

typedef int (*number_parser)(const char *text, uint64_t *ret_number);

static int parse_plain(const char *text, uint64_t *ret_number)
{
	return text_parse_number(text, 0, UINT64_MAX, ret_number);
}

static int parse_duration(const char *text, uint64_t *ret_number)
{
	return text_parse_duration(text, 0, SECONDS_MAX, ret_number);
}

/* Of ">= 10" and its kin. Behind the largest number, and before 0, there is none. */
static int parse_comparison(const char *text, number_parser parse, struct number_range *ret_range)
{
	bool is_greater = *text == '>';
	bool has_end = text[1] == '=';
	uint64_t number;

	text += has_end ? 2 : 1;
	int error = parse(text + strspn(text, BLANKS), &number);
	if (error)
		return error;
	if (!has_end && number == (is_greater ? UINT64_MAX : 0))
		return -ERANGE;
	if (is_greater)
		*ret_range = (struct number_range){.least = has_end ? number : number + 1, .most = UINT64_MAX};
	else
		*ret_range = (struct number_range){.least = 0, .most = has_end ? number : number - 1};
	return 0;
}

static int parse_range(const char *text, number_parser parse, struct number_range *ret_range)
{
	char least[RULE_ITEM_SIZE];
	size_t length = strcspn(text, "-");
	const char *dash = text[length] == '-' ? text + length : NULL;

	if (*text == '>' || *text == '<')
		return parse_comparison(text, parse, ret_range);
	while (length > 0 && strchr(BLANKS, text[length - 1]))
		length--;
	memcpy(least, text, length);
	least[length] = '\0';
	int error = parse(least, &ret_range->least);
	if (!error && dash)
		return parse(dash + 1 + strspn(dash + 1, BLANKS), &ret_range->most);
	ret_range->most = ret_range->least;
	return error;
}

static int add_range(struct condition *condition, const struct rule_item *item, number_parser parse, const char *reason)
{
	struct number_range range;

	if (parse_range(item->text, parse, &range))
		return rule_item_refuse(item, "%s", reason);
	if (range.least > range.most)
		return rule_item_refuse(item, "the range ends before it begins");
	struct number_range *grown =
		reallocarray(condition->ranges, condition->range_count + 1, sizeof(*condition->ranges));
	if (!grown)
		return -ENOMEM;
	condition->ranges = grown;
	grown[condition->range_count++] = range;
	return 0;
}

static int add_number(struct condition *condition, const struct rule_item *item)
{
	return add_range(condition, item, parse_plain,
			 "it is a number, two of them as in 10-20, or one behind >, >=, < or <=");
}

static int add_seconds(struct condition *condition, const struct rule_item *item)
{
	return add_range(condition, item, parse_duration,
			 "it is a duration like 90, 90s, 5m, 2h or 1d, two of them as in 1m-5m, or one behind >, >=, < "
			 "or <=");
}

static int add_network(struct condition *condition, const struct rule_item *item)
{
	struct prefix network;

	if (prefix_parse(item->text, &network))
		return rule_item_refuse(item, "it is an address, or ADDRESS/BITS with nothing but zeros behind the "
					      "bits");
	if (!condition->networks)
		condition->networks = network_list_new();
	return condition->networks ? network_list_add(condition->networks, &network) : -ENOMEM;
}

/* By the type of a field. Those with a low cost are asked first. */
static const struct {
	int (*add)(struct condition *condition, const struct rule_item *item);
	bool (*fits)(const struct condition *condition, const union field_value *value);
	int cost;
} types[] = {
	[FIELD_TEXT] = {add_text, fits_texts, 2},          [FIELD_NAME] = {add_name, fits_texts, 2},
	[FIELD_WORD] = {add_word, fits_words, 0},          [FIELD_FLAG] = {add_flag, fits_words, 0},
	[FIELD_NUMBER] = {add_number, fits_ranges, 0},     [FIELD_SECONDS] = {add_seconds, fits_ranges, 0},
	[FIELD_ADDRESS] = {add_network, fits_networks, 1},
};
static_assert(COUNT_OF(types) == FIELD_TYPE_COUNT, "each type can be compared");

void condition_clear(struct condition *condition)
{
	free(condition->ranges);
	text_list_free(condition->texts);
	network_list_free(condition->networks);
	*condition = (struct condition){0};
}

static int add_items(struct rule_items *items, struct condition *condition)
{
	struct rule_item item;
	size_t count = 0;
	int result;

	while ((result = rule_items_next(items, &item)) > 0) {
		bool is_any = strcmp(item.text, "*") == 0;

		if ((is_any && count > 0) || condition->is_any)
			return ini_fail(&item.place, "%s: \"*\" is any value that is known, and stands alone",
					item.key);
		condition->is_any = is_any;
		int error = is_any ? 0 : types[fields[condition->field].type].add(condition, &item);
		if (error)
			return error;
		count++;
	}
	return result;
}

int condition_parse(const struct rule_entry *entry, enum field_id field, bool is_only, struct ini_error *ret_error,
		    struct condition *ret_condition)
{
	struct rule_items items = rule_items_begin(entry, ret_error);
	struct condition condition = {.field = field, .is_only = is_only};

	condition.is_negated = rule_items_take_not(&items);
	int error = add_items(&items, &condition);
	if (!error && condition.texts)
		error = text_list_finish(condition.texts);
	if (error) {
		condition_clear(&condition);
		return error;
	}
	if (condition.networks)
		network_list_finish(condition.networks);
	*ret_condition = condition;
	return 0;
}

static int cost_of(const struct condition *condition)
{
	return types[fields[condition->field].type].cost + (condition->is_only ? FIELD_TYPE_COUNT : 0);
}

void conditions_sort(struct condition *conditions, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		for (size_t j = i; j > 0 && cost_of(&conditions[j]) < cost_of(&conditions[j - 1]); j--) {
			struct condition later = conditions[j];

			conditions[j] = conditions[j - 1];
			conditions[j - 1] = later;
		}
	}
}

bool condition_fits(const struct condition *condition, const union field_value *value)
{
	bool fits = value && (condition->is_any || types[fields[condition->field].type].fits(condition, value));

	return fits != condition->is_negated;
}

bool conditions_hold(struct rule_question *question, const struct condition *conditions, size_t count, bool only)
{
	for (size_t i = 0; i < count && (only || !conditions[i].is_only); i++) {
		union field_value value;
		bool is_known = field_read(question, conditions[i].field, &value);

		if (!condition_fits(&conditions[i], is_known ? &value : NULL))
			return false;
	}
	return true;
}
