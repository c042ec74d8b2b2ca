// SPDX-License-Identifier: GPL-2.0-only
/* What the rules make of names and replies. The input is texts that end with NUL: this host's name, path and site of
 * the script, the greeting, the server's name and banner, a recipient's domain and a reply's text. */
#include "lib/array.h"
#include "rules/rules.h"

#include <smtpwatch/alert.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_AT_ONCE 64
#define TIME_NS 1000000000000ULL

enum part {
	PART_HOST,
	PART_PATH,
	PART_SITE,
	PART_GREETING,
	PART_SERVER,
	PART_ANSWER,
	PART_COUNT,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *context, const struct alert *alert)
{
	(void)context;
	if (!alert->evidence || strlen(alert->evidence) >= FIRING_EVIDENCE_SIZE)
		abort();
}

/* Reading the catalogue takes longer than asking it: it serves some inputs, and then alerts begin anew. */
static struct rules *take_rules(const struct rules_options *options)
{
	static struct rules *rules;
	static unsigned int inputs;

	if (inputs++ % INPUTS_AT_ONCE == 0) {
		rules_free(rules);
		rules = rules_new(options, NULL, check, NULL);
	}
	if (!rules)
		abort();
	rules_set_options(rules, options);
	return rules;
}

static void cut(const uint8_t *data, size_t size, char parts[PART_COUNT][NAME_SIZE])
{
	size_t at = 0;

	for (size_t i = 0; i < PART_COUNT && at < size; i++, at++)
		for (size_t length = 0; at < size && data[at] && length < NAME_SIZE - 1; at++)
			parts[i][length++] = (char)data[at];
}

static void tell(struct rules *rules, struct flow *flow, struct actor *actor, char parts[PART_COUNT][NAME_SIZE])
{
	const struct dialogue_event events[] = {
		{.kind = DIALOGUE_HELO, .name = parts[PART_GREETING], .is_extended = true},
		{.kind = DIALOGUE_RCPT, .name = parts[PART_ANSWER]},
		{.kind = DIALOGUE_REPLY, .stage = DIALOGUE_STAGE_RCPT, .code = 550, .text = parts[PART_ANSWER]},
		{.kind = DIALOGUE_OFF_PORT, .name = parts[PART_GREETING]},
		{.kind = DIALOGUE_HELO, .name = parts[PART_ANSWER]},
		{.kind = DIALOGUE_HELO, .name = parts[PART_SITE]},
	};
	const struct model_change change = {.actor = actor, .flow = flow};

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		const struct observation observation = {
			.kind = OBSERVATION_DIALOGUE,
			.time_ns = TIME_NS,
			.remote = flow->remote,
			.dialogue = &events[i],
		};
		if (rules_judge(rules, &observation, &change) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = {25, 587};
	char parts[PART_COUNT][NAME_SIZE] = {{0}};

	cut(data, size, parts);
	const struct rules_options options = {.cooldown_ns = 1, .orphan_age_ns = 1, .host_name = parts[PART_HOST]};
	const struct script like = {
		.source = SCRIPT_SOURCE_PHP_REQUEST, .path = parts[PART_PATH], .site = parts[PART_SITE]};
	struct dialogue dialogue = {.helo = parts[PART_GREETING], .banner = parts[PART_SERVER]};
	struct actor actor = {.role = ACTOR_ROLE_APPLICATION};
	struct rules *rules = take_rules(&options);
	struct script *script = script_new(&like);

	if (!script)
		abort();
	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		struct flow flow = {.remote.port = ports[i], .script = script, .dialogue = &dialogue};
		memcpy(flow.domain, parts[PART_SERVER], sizeof(flow.domain));
		tell(rules, &flow, &actor, parts);
	}
	script_unref(script);
	return 0;
}
