// SPDX-License-Identifier: GPL-2.0-only
#include "rules/firing.h"

#include "lib/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NETWORKS_WINDOW_NS (600 * NANOSECONDS_A_SECOND) /* of the networks that a line speaks of */

/* Of a share where nothing was looked at: what was counted is all that is known. */
static uint64_t share_of(uint64_t counted, uint64_t whole)
{
	return whole ? counted * 100 / whole : 100;
}

static uint64_t value_of(const struct counters *counters, const struct counter *counter, const struct measure *measure,
			 bool *ret_is_estimate)
{
	*ret_is_estimate = false;
	if (measure->window_ns == 0)
		return 1;
	uint64_t value = counter_value(counters, counter, measure->slot, ret_is_estimate);
	if (measure->kind != MEASURE_SHARE)
		return value;
	return share_of(value, counter_value(counters, counter, measure->whole_slot, NULL));
}

bool firing_measure_is_reached(const struct counters *counters, const struct counter *counter,
			       const struct measure *measure)
{
	bool is_estimate;

	if (measure->kind == MEASURE_SHARE &&
	    counter_value(counters, counter, measure->whole_slot, NULL) < measure->least_whole)
		return false;
	return value_of(counters, counter, measure, &is_estimate) >= measure->limit;
}

static void fill_in_measures(const struct firing_source *source, struct firing *firing)
{
	const struct step *step = source->step;

	for (size_t i = 0; i < step->measure_count; i++) {
		const struct measure *measure = &step->measures[i];
		struct alert_measure *told = &firing->measures[i];
		*told = (struct alert_measure){
			.what = measure->what,
			.limit = measure->limit,
			.window_ns = measure->window_ns,
		};
		told->value = value_of(source->counters, source->counter, measure, &told->is_estimate);
	}
	firing->measure_count = step->measure_count;
}

/* All that led to it, but nothing that lies before the window: that came to nothing. */
static uint64_t count_untold(const struct firing_source *source)
{
	const struct measure *first = &source->step->measures[0];
	uint64_t untold = source->counter ? *counter_untold(source->counter) : source->question->weight;
	bool is_estimate;

	if (!source->counter || first->kind != MEASURE_COUNT || first->window_ns == 0)
		return untold;
	uint64_t value = value_of(source->counters, source->counter, first, &is_estimate);
	return untold < value ? untold : value;
}

static void append(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, size - length, "%s%s", length ? " " : "", more);
}

/* "script /var/www/x.php" of a level; of several fields their values. */
static void write_subject(const struct firing_source *source, char subject[FIRING_SUBJECT_SIZE])
{
	const struct rule *rule = source->rule;
	char value[FIRING_SUBJECT_SIZE];

	subject[0] = '\0';
	if (source->level != FIELD_COUNT) {
		field_write(source->question, source->level, value, sizeof(value));
		append(subject, FIRING_SUBJECT_SIZE, fields[source->level].name);
		append(subject, FIRING_SUBJECT_SIZE, value);
		return;
	}
	for (size_t i = 0; i < rule->per_count; i++) {
		field_write(source->question, rule->per[i], value, sizeof(value));
		append(subject, FIRING_SUBJECT_SIZE, value);
	}
}

static void fill_in_subject(const struct firing_source *source, struct firing *firing,
			    char subject[FIRING_SUBJECT_SIZE])
{
	const struct actor *actor = firing->actor;

	if (rule_is_per(source->rule, FIELD_ACTOR))
		return;
	firing->subject = subject;
	if (rule_is_per(source->rule, FIELD_HOST)) {
		memcpy(subject, "host", sizeof("host"));
		firing->is_of_host = true;
		return;
	}
	write_subject(source, subject);
	bool is_shared = source->level == FIELD_UNIT || source->level == FIELD_CONTAINER;
	bool is_of_user = source->level != FIELD_COUNT || rule_is_per(source->rule, FIELD_USER);
	firing->subject_uid = is_shared || !is_of_user ? UINT32_MAX : actor->identity.key.uid;
	if (actor->script && !is_shared && source->level != FIELD_USER)
		firing->subject_site = actor->script->site;
}

void firing_fill_in(const struct firing_source *source, struct firing *ret_firing,
		    struct alert_sample samples[COUNTER_SAMPLES], char subject[FIRING_SUBJECT_SIZE])
{
	const struct rule *rule = source->rule;
	const struct sighting *sighting = &source->question->sighting;

	*ret_firing = (struct firing){
		.rule = rule->alert,
		.reason = rule->reason,
		.source = rule->source,
		.actor = sighting->actor,
		.remote = question_remote(source->question),
		.flow = sighting->change->flow,
		.count = count_untold(source),
		.time_ns = source->question->time_ns,
		.wall_ns = sighting->observation->wall_ns,
		.severity = source->step->severity,
		.is_score = source->step->is_score,
		.cooldown_ns = rule->cooldown_ns,
	};
	fill_in_measures(source, ret_firing);
	fill_in_subject(source, ret_firing, subject);
	if (!ret_firing->subject)
		ret_firing->window_ns = NETWORKS_WINDOW_NS;
	if (source->counter) {
		ret_firing->samples = samples;
		ret_firing->sample_count = counter_samples(source->counters, source->counter, samples);
	}
	firing_write_text(source, ret_firing, ret_firing->evidence);
}
