// SPDX-License-Identifier: GPL-2.0-only
/*
 * An item of `severity` is LEVEL [at MEASURE [and MEASURE]... [in DURATION]], word by word. A measure is N, N distinct
 * FIELD, N%, or N% of LEAST.
 */
#include "rules/step.h"

#include "lib/clock.h"
#include "lib/text.h"
#include "rules/rule_item.h"
#include "rules/rule_words.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define BLANKS " \t"
#define WINDOW_MAX (30 * 24 * 60 * 60) /* seconds; counters keep slices of a window, not each event */
#define SHARE_MAX 100
#define FIELD_NAME_SIZE 40
#define FNV_BASIS 0xcbf29ce484222325ULL /* FNV-1a, 64 bits (RFC 9923) */
#define FNV_PRIME 0x100000001b3ULL

/* What a slot counts: one is shared by all measures that count the same. */
enum slot_use { SLOT_COUNTED, SLOT_WHOLE, SLOT_DISTINCT };

struct parsing {
	struct rule *rule;
	struct ini_error *error;
	uint64_t window_ns;
	const struct rule_item *item;
	const char *rest;
	char word[RULE_ITEM_SIZE];
	struct {
		enum slot_use use;
		enum field_id field;
	} uses[COUNTER_SLOTS_MAX];
	enum field_id first_distinct; /* as it is written; FIELD_COUNT: none */
};

/* The next word of the step, empty at its end. */
static const char *next_word(struct parsing *parsing)
{
	const char *begin = parsing->rest + strspn(parsing->rest, BLANKS);
	size_t length = strcspn(begin, BLANKS);

	memcpy(parsing->word, begin, length);
	parsing->word[length] = '\0';
	parsing->rest = begin + length;
	return parsing->word;
}

static bool next_is(struct parsing *parsing, const char *word)
{
	const char *before = parsing->rest;

	if (strcmp(next_word(parsing), word) == 0)
		return true;
	parsing->rest = before;
	return false;
}

static const struct measure *find_share(const struct step *step)
{
	for (size_t i = 0; i < step->measure_count; i++)
		if (step->measures[i].kind == MEASURE_SHARE)
			return &step->measures[i];
	return NULL;
}

static int parse_limit(struct parsing *parsing, struct measure *measure)
{
	const char *word = next_word(parsing);
	char digits[RULE_ITEM_SIZE];
	size_t length = strlen(word);

	measure->kind = length > 1 && word[length - 1] == '%' ? MEASURE_SHARE : MEASURE_COUNT;
	measure->what = measure->kind == MEASURE_SHARE ? "share" : "count";
	memcpy(digits, word, length + 1);
	if (measure->kind == MEASURE_SHARE)
		digits[length - 1] = '\0';
	uint64_t most = measure->kind == MEASURE_SHARE ? SHARE_MAX : UINT64_MAX;
	if (text_parse_number(digits, 1, most, &measure->limit))
		return rule_item_refuse(parsing->item,
					"behind \"at\" and \"and\" stands a number from 1 on, as in 10, 10 distinct "
					"FIELD, or 50%%");
	return 0;
}

/* Takes "of 10" behind a share. */
static int parse_least(struct parsing *parsing, struct measure *measure)
{
	measure->least_whole = 1;
	if (!next_is(parsing, "of"))
		return 0;
	if (text_parse_number(next_word(parsing), 1, UINT64_MAX, &measure->least_whole))
		return rule_item_refuse(parsing->item, "behind \"of\" stands a number from 1 on, as in 50%% of 10");
	return 0;
}

static const char *name_distinct(enum field_id field)
{
	char text[FIELD_NAME_SIZE + sizeof("distinct ")];

	snprintf(text, sizeof(text), "distinct %.*s", FIELD_NAME_SIZE, fields[field].name);
	return rule_name(text);
}

static int parse_distinct(struct parsing *parsing, struct measure *measure)
{
	const struct ini_place *place = &parsing->item->place;

	if (parsing->rule->is_narrowest)
		return rule_item_refuse(parsing->item, "with \"narrowest\" nothing distinct is counted");
	if (*next_word(parsing) == '\0')
		return rule_item_refuse(parsing->item, "behind \"distinct\" stands the name of a field");
	int error = rule_field_find(place, parsing->word, &measure->field);
	if (!error)
		error = rule_field_check(place, measure->field, parsing->rule->listens, false);
	if (error)
		return error;
	measure->kind = MEASURE_DISTINCT;
	measure->what = name_distinct(measure->field);
	if (parsing->first_distinct == FIELD_COUNT)
		parsing->first_distinct = measure->field;
	return measure->what ? 0 : -ENOMEM;
}

static int parse_measure(struct parsing *parsing, struct measure *measure)
{
	*measure = (struct measure){.field = FIELD_COUNT};
	int error = parse_limit(parsing, measure);
	if (!error && measure->kind == MEASURE_SHARE)
		return parse_least(parsing, measure);
	if (error || !next_is(parsing, "distinct"))
		return error;
	return parse_distinct(parsing, measure);
}

static int check_repeats(const struct parsing *parsing, const struct step *step, const struct measure *measure)
{
	for (size_t i = 0; i < step->measure_count; i++)
		if (step->measures[i].kind == measure->kind && step->measures[i].field == measure->field)
			return rule_item_refuse(parsing->item, "it measures one thing twice");
	return 0;
}

static int parse_measures(struct parsing *parsing, struct step *step)
{
	do {
		struct measure measure;

		if (step->measure_count == RULE_MEASURES_MAX)
			return rule_item_refuse(parsing->item, "a step has at most %d measures", RULE_MEASURES_MAX);
		int error = parse_measure(parsing, &measure);
		if (!error)
			error = check_repeats(parsing, step, &measure);
		if (error)
			return error;
		step->measures[step->measure_count++] = measure;
	} while (next_is(parsing, "and"));
	return 0;
}

static int parse_window(struct parsing *parsing, uint64_t *ret_window_ns)
{
	uint64_t seconds;

	*ret_window_ns = parsing->window_ns;
	if (!next_is(parsing, "in"))
		return 0;
	if (text_parse_duration(next_word(parsing), 1, WINDOW_MAX, &seconds))
		return rule_item_refuse(parsing->item,
					"behind \"in\" stands a duration like 90s, 5m, 2h or 1d, from 1s to %dd",
					WINDOW_MAX / 86400);
	*ret_window_ns = seconds * NANOSECONDS_A_SECOND;
	return 0;
}

/* A share of little says little: of the first event it is all, or nothing. */
static int check_share(const struct parsing *parsing, const struct step *step)
{
	const struct rule *rule = parsing->rule;
	const struct measure *share = find_share(step);
	bool has_choice = rule->whole != 0;

	if (!share)
		return 0;
	if (step->measure_count == 1 && share->least_whole == 1)
		return rule_item_refuse(parsing->item,
					"a share needs a number beside it, as in 5 and 50%%, or in 50%% of 10");
	for (size_t i = 0; i < rule->condition_count; i++)
		has_choice = has_choice || rule->conditions[i].is_only;
	if (!has_choice)
		return rule_item_refuse(parsing->item, "a share needs a condition with \"" RULE_ONLY
						       "\", or \"whole\": without one it is always 100%%");
	return 0;
}

/* Whether it is reached by whatever is counted, so that nothing has to be kept. */
static bool is_immediate(const struct step *step)
{
	return step->measure_count == 1 && step->measures[0].kind == MEASURE_COUNT && step->measures[0].limit == 1;
}

static int take_slot(struct parsing *parsing, enum slot_use use, const struct measure *measure, size_t *ret_slot)
{
	struct counter_layout *layout = &parsing->rule->layout;
	/* A narrowest rule has each of them once more, for what it passed on. */
	size_t most = parsing->rule->is_narrowest ? COUNTER_SLOTS_MAX / 2 : COUNTER_SLOTS_MAX;

	for (size_t i = 0; i < layout->slot_count; i++) {
		if (parsing->uses[i].use == use && parsing->uses[i].field == measure->field &&
		    layout->slots[i].window_ns == measure->window_ns) {
			*ret_slot = i;
			return 0;
		}
	}
	if (layout->slot_count == most)
		return ini_fail(&parsing->item->place,
				"severity: the rule counts more than %zu things: each window and each field of "
				"\"distinct\" is one, and a share two",
				most);
	parsing->uses[layout->slot_count].use = use;
	parsing->uses[layout->slot_count].field = measure->field;
	layout->slots[layout->slot_count].kind = use == SLOT_DISTINCT ? COUNTER_DISTINCT : COUNTER_RATE;
	layout->slots[layout->slot_count].window_ns = measure->window_ns;
	*ret_slot = layout->slot_count++;
	return 0;
}

static int take_slots(struct parsing *parsing, struct step *step, uint64_t window_ns)
{
	for (size_t i = 0; i < step->measure_count; i++) {
		struct measure *measure = &step->measures[i];
		bool is_distinct = measure->kind == MEASURE_DISTINCT;

		measure->window_ns = window_ns;
		int error = take_slot(parsing, is_distinct ? SLOT_DISTINCT : SLOT_COUNTED, measure, &measure->slot);
		if (!error && measure->kind == MEASURE_SHARE)
			error = take_slot(parsing, SLOT_WHOLE, measure, &measure->whole_slot);
		if (error)
			return error;
	}
	return 0;
}

static int parse_step(struct parsing *parsing, struct step *step)
{
	unsigned int severity = 0;
	uint64_t window_ns = 0;
	int error = rule_severity_find(&parsing->item->place, next_word(parsing), &severity, &step->is_score);

	if (error)
		return error;
	step->severity = (enum alert_severity)severity;
	step->measures[0] = (struct measure){.kind = MEASURE_COUNT, .what = "count", .limit = 1, .field = FIELD_COUNT};
	if (next_is(parsing, "at"))
		error = parse_measures(parsing, step);
	else
		step->measure_count = 1;
	if (!error)
		error = parse_window(parsing, &window_ns);
	if (!error && *next_word(parsing) != '\0')
		error = rule_item_refuse(parsing->item, "a step is LEVEL at MEASURE and MEASURE in DURATION");
	if (!error)
		error = check_share(parsing, step);
	if (error || is_immediate(step))
		return error;
	return take_slots(parsing, step, window_ns);
}

static int weight_of(const struct step *step)
{
	return step->is_score ? -1 : (int)step->severity;
}

/* The heaviest first; among equals the order of the file stays. */
static void insert_step(struct rule *rule, const struct step *step)
{
	size_t at = rule->step_count++;

	for (; at > 0 && weight_of(step) > weight_of(&rule->steps[at - 1]); at--)
		rule->steps[at] = rule->steps[at - 1];
	rule->steps[at] = *step;
}

static bool is_text(enum field_id field)
{
	return fields[field].type == FIELD_TEXT || fields[field].type == FIELD_NAME;
}

int steps_parse(const struct rule_entry *entry, uint64_t window_ns, struct ini_error *ret_error, struct rule *rule)
{
	struct rule_items items = rule_items_begin(entry, ret_error);
	struct rule_item item;
	struct parsing parsing = {
		.rule = rule, .error = ret_error, .window_ns = window_ns, .item = &item, .first_distinct = FIELD_COUNT};
	int result;

	while ((result = rule_items_next(&items, &item)) > 0) {
		struct step step = {0};

		if (rule->step_count == RULE_STEPS_MAX)
			return ini_fail(&item.place, "severity: a rule has at most %d steps", RULE_STEPS_MAX);
		parsing.rest = item.text;
		int error = parse_step(&parsing, &step);
		if (error)
			return error;
		insert_step(rule, &step);
	}
	if (rule->sample == FIELD_COUNT && parsing.first_distinct != FIELD_COUNT && is_text(parsing.first_distinct))
		rule->sample = parsing.first_distinct;
	return result;
}

static void print_measure(const struct measure *measure, FILE *stream)
{
	fprintf(stream, "%" PRIu64, measure->limit);
	if (measure->kind == MEASURE_SHARE)
		fputc('%', stream);
	if (measure->kind == MEASURE_SHARE && measure->least_whole > 1)
		fprintf(stream, " of %" PRIu64, measure->least_whole);
	if (measure->kind == MEASURE_DISTINCT)
		fprintf(stream, " distinct %s", fields[measure->field].name);
}

static void print_step(const struct step *step, FILE *stream)
{
	char window[TEXT_DURATION_SIZE];

	fputs(step->is_score ? "score" : alert_severity_name(step->severity), stream);
	if (is_immediate(step))
		return;
	for (size_t i = 0; i < step->measure_count; i++) {
		fputs(i == 0 ? " at " : " and ", stream);
		print_measure(&step->measures[i], stream);
	}
	fprintf(stream, " in %s", text_format_duration(step->measures[0].window_ns / NANOSECONDS_A_SECOND, window));
}

void steps_print(const struct rule *rule, FILE *stream)
{
	for (size_t i = 0; i < rule->step_count; i++) {
		if (i > 0)
			fputs(", ", stream);
		print_step(&rule->steps[i], stream);
	}
}

static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * FNV_PRIME;
	return hash;
}

static uint64_t add_name(uint64_t hash, const char *name)
{
	return add_bytes(hash, name, strlen(name) + 1);
}

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	return add_bytes(hash, &number, sizeof(number));
}

/* A slot of the layout says how long it counts; what it counts, the measures that look at it. */
uint64_t steps_shape(const struct rule *rule)
{
	uint64_t hash = add_number(FNV_BASIS, rule->is_narrowest);

	for (size_t i = 0; i < rule->per_count; i++)
		hash = add_name(hash, fields[rule->per[i]].name);
	for (size_t slot = 0; slot < rule->layout.slot_count; slot++) {
		const char *use = "counted";

		for (size_t i = 0; i < rule->step_count; i++) {
			for (size_t j = 0; j < rule->steps[i].measure_count; j++) {
				const struct measure *measure = &rule->steps[i].measures[j];

				if (measure->kind == MEASURE_DISTINCT && measure->slot == slot)
					use = fields[measure->field].name;
				if (measure->kind == MEASURE_SHARE && measure->whole_slot == slot)
					use = "whole";
			}
		}
		hash = add_number(add_name(hash, use), rule->layout.slots[slot].window_ns);
	}
	return hash;
}
