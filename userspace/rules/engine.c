// SPDX-License-Identifier: GPL-2.0-only
#include "rules/engine.h"

#include "lib/clock.h"
#include "rules/firing.h"

#include <string.h>

/* What one slot of a rule's counters takes in. */
struct slot_use {
	enum counter_slot_kind kind;
	enum field_id field; /* of DISTINCT */
	bool is_whole;       /* what is looked at, else what is counted of it */
};

struct armed_rule {
	const struct rule *rule;
	struct fingerprint key; /* what the keys of its counters begin with */
	uint32_t events;        /* bits of those that it is to be asked of */
	size_t looked_at_count; /* of its conditions, those that say what is looked at; the rest says what is counted */
	uint64_t longest_window; /* of its counters, in nanoseconds */
	struct slot_use uses[COUNTER_SLOTS_MAX];
	struct counter_layout layout; /* of a narrowest rule with as many slots again: what was passed on */
};

struct engine {
	struct armed_rule *rules;
	size_t rule_count;
	const struct armed_rule **of_event[EVENT_COUNT];
	size_t of_event_count[EVENT_COUNT];
	const struct armed_rule **lists; /* where they lie */
	struct allowances *allowances;
};

static void arm_measure(struct armed_rule *armed, const struct measure *measure)
{
	if (measure->window_ns == 0)
		return;
	armed->uses[measure->slot] = (struct slot_use){
		.kind = measure->kind == MEASURE_DISTINCT ? COUNTER_DISTINCT : COUNTER_RATE,
		.field = measure->field,
	};
	if (measure->kind == MEASURE_SHARE)
		armed->uses[measure->whole_slot] = (struct slot_use){.kind = COUNTER_RATE, .is_whole = true};
}

/* The counters of a rule whose shape a reload or a restart left as it was go on. */
static struct fingerprint key_of(const struct rule *rule)
{
	struct fingerprint key = fingerprint_begin();

	fingerprint_add_text(&key, rule->name);
	fingerprint_add_number(&key, rule->shape);
	return key;
}

static void arm(struct armed_rule *armed, const struct rule *rule)
{
	armed->rule = rule;
	armed->key = key_of(rule);
	armed->events = rule->listens | rule->whole;
	armed->layout = rule->layout;
	while (armed->looked_at_count < rule->condition_count && !rule->conditions[armed->looked_at_count].is_only)
		armed->looked_at_count++;
	for (size_t i = 0; i < rule->layout.slot_count; i++)
		if (rule->layout.slots[i].window_ns > armed->longest_window)
			armed->longest_window = rule->layout.slots[i].window_ns;
	for (size_t i = 0; i < rule->step_count; i++)
		for (size_t j = 0; j < rule->steps[i].measure_count; j++)
			arm_measure(armed, &rule->steps[i].measures[j]);
	for (size_t i = 0; rule->is_narrowest && i < rule->layout.slot_count; i++)
		armed->layout.slots[armed->layout.slot_count++] = rule->layout.slots[i];
}

/* Each event has the list of those that are to be asked of it. */
static void sort_by_event(struct engine *engine)
{
	const struct armed_rule **next = engine->lists;

	for (enum rule_event event = 0; event < EVENT_COUNT; event++) {
		engine->of_event[event] = next;
		for (size_t i = 0; i < engine->rule_count; i++)
			if (engine->rules[i].events & EVENT_BIT(event))
				*next++ = &engine->rules[i];
		engine->of_event_count[event] = (size_t)(next - engine->of_event[event]);
	}
}

struct engine *engine_new(const struct rule_set *set, struct allowances *allowances)
{
	_cleanup_(cleanup_engine_free) struct engine *engine = calloc(1, sizeof(*engine));
	if (!engine)
		return NULL;
	engine->allowances = allowances;
	engine->rules = calloc(set->rule_count + 1, sizeof(*engine->rules));
	engine->lists = calloc((set->rule_count + 1) * EVENT_COUNT, sizeof(const struct armed_rule *));
	if (!engine->rules || !engine->lists)
		return NULL;
	for (size_t i = 0; i < set->rule_count; i++)
		if (set->rules[i].is_enabled)
			arm(&engine->rules[engine->rule_count++], &set->rules[i]);
	sort_by_event(engine);
	return TAKE_PTR(engine);
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	free(engine->rules);
	free(engine->lists);
	free(engine);
}

/* One rule and one observation. */
struct trial {
	const struct armed_rule *armed;
	const struct rule *rule;
	struct counters *counters;
	struct rule_question *question;
	bool is_counted; /* else it is only of the whole */
	bool is_of_whole;
	firing_taker take;
	void *context;
};

static struct counter *take_counter(const struct trial *trial)
{
	struct fingerprint key = trial->armed->key;

	for (size_t i = 0; i < trial->rule->per_count; i++)
		fingerprint_add(&key, field_print(trial->question, trial->rule->per[i]), sizeof(key));
	return counters_take(trial->counters, &key, &trial->armed->layout);
}

/* What lies before all windows came to nothing. */
static void note_untold(const struct trial *trial, struct counter *counter, uint64_t time_ns)
{
	if (time_ns > *counter_latest_ns(counter) + trial->armed->longest_window)
		*counter_untold(counter) = 0;
	*counter_latest_ns(counter) = time_ns;
	*counter_untold(counter) += trial->question->weight;
}

static void count(const struct trial *trial, struct counter *counter)
{
	uint64_t time_ns = trial->question->time_ns;

	for (size_t slot = 0; slot < trial->rule->layout.slot_count; slot++) {
		const struct slot_use *use = &trial->armed->uses[slot];
		if (use->is_whole ? !trial->is_of_whole : !trial->is_counted)
			continue;
		if (use->kind == COUNTER_RATE)
			counter_add(trial->counters, counter, slot, time_ns, trial->question->weight);
		else if (field_is_known(trial->question, use->field))
			counter_see(trial->counters, counter, slot, time_ns,
				    field_print(trial->question, use->field)->low);
	}
	if (trial->is_counted)
		note_untold(trial, counter, time_ns);
}

static void remember(const struct trial *trial, struct counter *counter)
{
	const struct sighting *sighting = &trial->question->sighting;
	const struct flow *flow = sighting->change->flow;
	union field_value value = {.text = ""};

	if (trial->rule->sample != FIELD_COUNT)
		field_read(trial->question, trial->rule->sample, &value);
	counter_remember(trial->counters, counter, sighting->observation->wall_ns, flow ? &flow->remote : NULL,
			 value.text);
}

/* The heaviest step whose limits are all reached; NULL: none. */
static const struct step *find_reached(const struct trial *trial, const struct counter *counter)
{
	const struct rule *rule = trial->rule;

	for (size_t i = 0; i < rule->step_count; i++) {
		const struct step *step = &rule->steps[i];
		size_t reached = 0;
		while (reached < step->measure_count &&
		       firing_measure_is_reached(trial->counters, counter, &step->measures[reached]))
			reached++;
		if (reached == step->measure_count)
			return step;
	}
	return NULL;
}

static int fire(const struct trial *trial, struct counter *counter, const struct step *step, enum field_id level)
{
	struct firing firing;
	struct alert_sample samples[COUNTER_SAMPLES];
	char subject[FIRING_SUBJECT_SIZE];
	const struct firing_source source = {
		.rule = trial->rule,
		.step = step,
		.counters = trial->counters,
		.counter = counter,
		.question = trial->question,
		.level = level,
	};

	firing_fill_in(&source, &firing, samples, subject);
	if (counter)
		*counter_untold(counter) = 0;
	return trial->take(trial->context, &firing);
}

static int try_counted(const struct trial *trial)
{
	struct counter *counter = take_counter(trial);

	count(trial, counter);
	if (!trial->is_counted)
		return 0;
	remember(trial, counter);
	const struct step *step = find_reached(trial, counter);
	return step ? fire(trial, counter, step, FIELD_COUNT) : 0;
}

/* What a user says of his scripts and folders is not to count against another; a unit is all its users'. */
static bool key_of_level(const struct trial *trial, enum field_id level, struct fingerprint *ret_key)
{
	bool is_shared = level == FIELD_UNIT || level == FIELD_CONTAINER;
	union field_value value;

	if (!field_read(trial->question, level, &value))
		return false;
	*ret_key = trial->armed->key;
	fingerprint_add_number(ret_key, level);
	fingerprint_add_number(ret_key, is_shared ? UINT32_MAX : trial->question->sighting.actor->identity.key.uid);
	fingerprint_add(ret_key, field_print(trial->question, level), sizeof(*ret_key));
	return true;
}

/* Takes what a level had passed on upon itself: wider ones are not to count it too. */
static void take_back(const struct trial *trial, struct counter *counter, size_t level)
{
	const struct rule *rule = trial->rule;
	size_t slots = rule->layout.slot_count;
	struct fingerprint key;

	for (size_t wider = level + 1; wider < rule->per_count; wider++) {
		struct counter *other =
			key_of_level(trial, rule->per[wider], &key) ? counters_find(trial->counters, &key) : NULL;
		uint64_t passed = counter_value(trial->counters, counter, slots, NULL);
		if (!other)
			continue;
		for (size_t slot = 0; slot < slots; slot++) {
			counter_withdraw(trial->counters, other, slot, counter, slots + slot);
			counter_withdraw(trial->counters, other, slots + slot, counter, slots + slot);
		}
		*counter_untold(other) -= passed < *counter_untold(other) ? passed : *counter_untold(other);
	}
	for (size_t slot = slots; slot < 2 * slots; slot++)
		counter_withdraw(trial->counters, counter, slot, counter, slot);
}

static void pass_on(const struct trial *trial, struct counter *counter)
{
	uint64_t time_ns = trial->question->time_ns;
	size_t slots = trial->rule->layout.slot_count;

	for (size_t slot = slots; slot < 2 * slots; slot++)
		counter_add(trial->counters, counter, slot, time_ns, trial->question->weight);
}

/* It counts for the narrowest first, and for what is wider only while that stays below the limits. So one noisy script
 * is one alert, and many quiet ones of a folder or user still are one of theirs. */
static int try_narrowest(const struct trial *trial)
{
	struct fingerprint key;

	for (size_t level = 0; level < trial->rule->per_count; level++) {
		enum field_id field = trial->rule->per[level];
		if (!key_of_level(trial, field, &key))
			continue;
		struct counter *counter = counters_take(trial->counters, &key, &trial->armed->layout);
		count(trial, counter);
		remember(trial, counter);
		const struct step *step = find_reached(trial, counter);
		if (step) {
			take_back(trial, counter, level);
			return fire(trial, counter, step, field);
		}
		pass_on(trial, counter);
	}
	return 0;
}

static int try_rule(struct engine *engine, struct trial *trial)
{
	const struct rule *rule = trial->rule;
	struct rule_question *question = trial->question;
	uint32_t whole = rule->whole ? rule->whole : rule->listens;
	size_t looked_at = trial->armed->looked_at_count;

	if (!conditions_hold(question, rule->conditions, looked_at, false))
		return 0;
	trial->is_of_whole = question->events & whole;
	trial->is_counted =
		(question->events & rule->listens) &&
		conditions_hold(question, rule->conditions + looked_at, rule->condition_count - looked_at, true);
	if (!trial->is_counted && !trial->is_of_whole)
		return 0;
	if (engine->allowances && allowances_cover(engine->allowances, question, rule)) {
		question->judgement.allowed |= rule->steps[0].severity >= ALERT_SEVERITY_WARNING;
		return 0;
	}
	if (rule->layout.slot_count == 0)
		return trial->is_counted ? fire(trial, NULL, &rule->steps[0], FIELD_COUNT) : 0;
	return rule->is_narrowest ? try_narrowest(trial) : try_counted(trial);
}

int engine_ask(struct engine *engine, struct counters *counters, struct rule_question *question, firing_taker take,
	       void *context)
{
	int result = 0;

	for (uint32_t left = question->events; left; left &= left - 1) {
		int event = __builtin_ctz(left);
		uint32_t before = question->events & (EVENT_BIT(event) - 1);
		for (size_t i = 0; i < engine->of_event_count[event]; i++) {
			const struct armed_rule *armed = engine->of_event[event][i];
			struct trial trial = {
				.armed = armed,
				.rule = armed->rule,
				.counters = counters,
				.question = question,
				.take = take,
				.context = context,
			};
			if (armed->events & before) /* it was asked already */
				continue;
			int error = try_rule(engine, &trial);
			if (error)
				result = error;
		}
	}
	return result;
}
