// SPDX-License-Identifier: GPL-2.0-only
/*
 * submission-rate: much mail is handed to the local mail server, by one script, directory, unit or user.
 *
 * The narrowest that explains it is told: a submission counts for its script first, and for what is wider only while
 * the script stays below the thresholds. When it crosses one it takes what it had passed on back from the wider ones.
 * So one noisy script is one alert, and many quiet ones of a directory or user still are one of theirs.
 */
#include "lib/array.h"
#include "rules/rule.h"
#include "rules/submission_counts.h"

#include <inttypes.h>
#include <stdio.h>

/* The heavier first. 100 an hour is csf's LF_SCRIPT_LIMIT; 30 in ten minutes a proposal. */
static const struct threshold {
	enum submission_window window;
	uint64_t count;
	enum alert_severity severity;
	const char *period;
} thresholds[] = {
	{SUBMISSION_LONG, 100, ALERT_SEVERITY_CRITICAL, "1 h"},
	{SUBMISSION_SHORT, 30, ALERT_SEVERITY_WARNING, "10 min"},
};

static void add_one(struct rate rates[SUBMISSION_WINDOW_COUNT], uint64_t time_ns)
{
	for (int window = 0; window < SUBMISSION_WINDOW_COUNT; window++)
		rate_add(&rates[window], time_ns, submission_windows_ns[window], 1);
}

static void withdraw(struct rate rates[SUBMISSION_WINDOW_COUNT], const struct rate part[SUBMISSION_WINDOW_COUNT])
{
	for (int window = 0; window < SUBMISSION_WINDOW_COUNT; window++)
		rate_withdraw(&rates[window], &part[window]);
}

static const struct threshold *find_crossed(const struct submission_count *count)
{
	for (size_t i = 0; i < COUNT_OF(thresholds); i++)
		if (rate_count(&count->all[thresholds[i].window]) >= thresholds[i].count)
			return &thresholds[i];
	return NULL;
}

/* Takes what the counter had passed on upon itself. Returns how many of them are in the threshold's window. */
static uint64_t take_back(struct submission_counts *counts, const struct actor *actor, struct submission_count *count,
			  const struct threshold *threshold)
{
	uint64_t passed = rate_count(&count->passed[threshold->window]);

	for (enum submitter_level level = count->key.level + 1; passed && level < SUBMITTER_LEVEL_COUNT; level++) {
		struct submitter_key key;
		struct submission_count *wider = NULL;
		if (submitter_of(actor, level, &key))
			wider = submission_counts_find(counts, &key);
		if (!wider)
			continue;
		withdraw(wider->all, count->passed);
		withdraw(wider->passed, count->passed);
	}
	withdraw(count->passed, count->passed);
	return passed;
}

static void fill_in(const struct rule_question *question, struct submission_count *count,
		    const struct threshold *threshold, struct firing *firing)
{
	const struct script *script = question->actor->script;

	firing->count = 1 + take_back(question->states->submissions, question->actor, count, threshold);
	firing->severity = threshold->severity;
	firing->window_ns = 0; /* networks are no matter: it is this host */
	firing->subject = count->key.text;
	firing->subject_uid = count->uid;
	if (script && count->key.level <= SUBMITTER_DIRECTORY)
		firing->subject_site = script->site;
	snprintf(firing->evidence, sizeof(firing->evidence), "%" PRIu64 " submissions in %s by %.100s",
		 rate_count(&count->all[threshold->window]), threshold->period, count->key.text);
}

/* Whether the observation tells of a submission that was not counted yet. */
static bool is_new(const struct rule_question *question)
{
	const struct sw_actor_key *actor = &question->actor->identity.key;

	if (!question->change->submitted)
		return false;
	if (question->observation->kind != OBSERVATION_SUBMISSION)
		return !submission_counts_was_expected(question->states->submissions, actor);
	submission_counts_expect_connection(question->states->submissions, actor);
	return true;
}

bool submission_rate_judge(const struct rule_question *question, struct firing *ret_firing)
{
	uint64_t time_ns = question->observation->time_ns;

	if (!is_new(question))
		return false;
	for (enum submitter_level level = 0; level < SUBMITTER_LEVEL_COUNT; level++) {
		struct submitter_key key;
		struct submission_count *count = NULL;
		if (submitter_of(question->actor, level, &key))
			count = submission_counts_take(question->states->submissions, &key,
						       question->actor->identity.key.uid);
		if (!count)
			continue;
		add_one(count->all, time_ns);
		const struct threshold *crossed = find_crossed(count);
		if (crossed) {
			fill_in(question, count, crossed, ret_firing);
			return true;
		}
		add_one(count->passed, time_ns);
	}
	return false;
}
