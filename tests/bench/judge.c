// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the rules cost: nanoseconds and allocations an observation against the whole shipped catalogue, of two hundred
 * honest sites and a mail server, of one site that spams, and with 100,000 keys in the counters.
 */
#include "lib/array.h"
#include "lib/clock.h"
#include "rules/rules.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITES 200
#define ROUNDS 2000
#define REPEATS 5

/* glibc's own, under the names that its malloc(3) may be replaced by (The GNU C Library, 3.2.5). */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static uint64_t allocations;

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	allocations++;
	return __libc_realloc(memory, size);
}

static uint64_t lines;

static void take_alert(void *context, const struct alert *alert)
{
	(void)context;
	(void)alert;
	lines++;
}

struct site {
	struct actor actor;
	struct script script;
	struct flow flow;
	struct dialogue dialogue;
	char path[96];
	char name[32];
};

static struct site *sites;

static struct address address_of(uint32_t number)
{
	struct address address;
	char text[ADDRESS_TEXT_SIZE];

	snprintf(text, sizeof(text), "198.%u.%u.%u", 18 + (number >> 16 & 1), number >> 8 & 255, number & 255);
	if (address_parse(text, &address) != 0)
		abort();
	return address;
}

static void make_site(struct site *site, uint32_t number, uint32_t pid)
{
	snprintf(site->name, sizeof(site->name), "shop%u.example", number);
	snprintf(site->path, sizeof(site->path), "/var/www/%s/htdocs/wp-content/plugins/mailer/send.php", site->name);
	site->script = (struct script){
		.references = 1, .source = SCRIPT_SOURCE_PHP_REQUEST, .path = site->path, .site = site->name};
	site->actor = (struct actor){
		.identity = {.key = {.pid = pid, .start_ns = pid, .exe_inode = 77, .exe_device = 1, .uid = 33},
			     .exe_links = 1,
			     .comm = "php-fpm8.2"},
		.executable = (char *)"/usr/sbin/php-fpm8.2",
		.argv = (char *)"php-fpm: pool www",
		.argv_size = 18,
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "www-data",
		.script = &site->script,
	};
	site->flow = (struct flow){
		.id = number + 1,
		.actor = site->actor.identity.key,
		.remote = {.address = address_of(number), .port = 587},
		.scope = SW_SCOPE_EXTERNAL,
		.established = true,
		.script = &site->script,
		.dialogue = &site->dialogue,
		.domain = "smtp.provider.example",
	};
	site->dialogue = (struct dialogue){.helo = site->name, .is_extended = true, .helo_count = 1, .quit = true};
}

struct bench {
	struct rules *rules;
	uint64_t time_ns;
	uint64_t observations;
};

static void judge(struct bench *bench, struct site *site, struct observation observation, struct model_change change)
{
	observation.time_ns = bench->time_ns;
	observation.wall_ns = bench->time_ns + 1795317120 * NANOSECONDS_A_SECOND;
	change.actor = &site->actor;
	change.flow = &site->flow;
	rules_judge(bench->rules, &observation, &change);
	bench->observations++;
}

static void say(struct bench *bench, struct site *site, struct dialogue_event event)
{
	judge(bench, site, (struct observation){.kind = OBSERVATION_DIALOGUE, .dialogue = &event},
	      (struct model_change){.actor = NULL});
}

/* One message, from attempt to end. */
static void deliver(struct bench *bench, struct site *site, const char *helo, bool is_refused)
{
	bool is_direct = site->flow.remote.port == 25 && site->actor.role != ACTOR_ROLE_MTA;

	judge(bench, site, (struct observation){.kind = OBSERVATION_ATTEMPT},
	      (struct model_change){.flow_began = true, .direct_added = is_direct});
	judge(bench, site, (struct observation){.kind = OBSERVATION_ESTABLISHED},
	      (struct model_change){.flow_established = true});
	say(bench, site, (struct dialogue_event){.kind = DIALOGUE_BANNER, .code = 220, .text = "mx"});
	say(bench, site, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = helo, .is_extended = true});
	say(bench, site, (struct dialogue_event){.kind = DIALOGUE_MAIL, .name = "sender.example"});
	say(bench, site, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "receiver.example"});
	if (is_refused)
		say(bench, site,
		    (struct dialogue_event){.kind = DIALOGUE_REPLY,
					    .stage = DIALOGUE_STAGE_RCPT,
					    .code = 550,
					    .enhanced = {5, 1, 1},
					    .text = "no such user"});
	say(bench, site, (struct dialogue_event){.kind = DIALOGUE_QUIT});
	site->flow.outcome = SW_OUTCOME_CLOSED;
	judge(bench, site, (struct observation){.kind = OBSERVATION_END}, (struct model_change){.flow_ended = true});
}

static void honest(struct bench *bench, uint32_t round)
{
	struct site *site = &sites[round % SITES];

	deliver(bench, site, site->name, false);
	bench->time_ns += 3 * NANOSECONDS_A_SECOND;
}

static void mail_server(struct bench *bench, uint32_t round)
{
	struct site *site = &sites[SITES];

	site->flow.remote.address = address_of(round * 97);
	site->flow.id = 1000 + round;
	deliver(bench, site, "vps7.hosting.example", round % 50 == 0);
	bench->time_ns += NANOSECONDS_A_SECOND / 10;
}

static void spam(struct bench *bench, uint32_t round)
{
	struct site *site = &sites[SITES + 1];

	site->flow.remote.address = address_of(round * 257);
	site->flow.id = 100000 + round;
	deliver(bench, site, "shop999.example", round % 4 == 0);
	bench->time_ns += NANOSECONDS_A_SECOND / 5;
}

/* A hundred thousand actors, each seen a few times. */
static void crowd(struct bench *bench, uint32_t round)
{
	for (uint32_t i = 0; i < 50; i++) {
		struct site *site = &sites[i % SITES];
		site->actor.identity.key.uid = 1000 + (round * 50 + i) % 100000;
		say(bench, site, (struct dialogue_event){.kind = DIALOGUE_MAIL, .name = "sender.example"});
	}
	bench->time_ns += NANOSECONDS_A_SECOND / 1000;
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return difference < 0 ? -1 : difference > 0;
}

static void measure(const char *name, void (*scene)(struct bench *, uint32_t), struct rules *rules)
{
	struct bench bench = {.rules = rules, .time_ns = 1000 * NANOSECONDS_A_SECOND};
	double costs[REPEATS];
	uint64_t before = 0, lines_before = lines;

	for (size_t repeat = 0; repeat < REPEATS; repeat++) {
		uint64_t start = clock_boot_ns();
		bench.observations = 0;
		before = allocations;
		for (uint32_t round = 0; round < ROUNDS; round++)
			scene(&bench, round);
		costs[repeat] = (double)(clock_boot_ns() - start) / (double)bench.observations;
	}
	qsort(costs, REPEATS, sizeof(costs[0]), compare);
	printf("%-28s %8.0f ns an observation, %.3f allocations, %" PRIu64 " alert lines, %zu keys\n", name,
	       costs[REPEATS / 2], (double)(allocations - before) / (double)bench.observations, lines - lines_before,
	       rules_totals(rules).keys);
}

static long resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (!file || fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * 4;
}

int main(void)
{
	static const struct {
		const char *name;
		void (*scene)(struct bench *, uint32_t);
	} scenes[] = {
		{"200 honest sites", honest},
		{"a mail server", mail_server},
		{"a site that spams", spam},
		{"100,000 actors", crowd},
	};
	const struct rules_options options = {
		.cooldown_ns = 300 * NANOSECONDS_A_SECOND, .orphan_age_ns = RULES_ORPHAN_AGE_NS, .host_name = "vps7"};

	sites = calloc(SITES + 2, sizeof(*sites));
	for (size_t scene = 0; scene < COUNT_OF(scenes); scene++) {
		struct rules *rules = rules_new(&options, NULL, take_alert, NULL);
		if (!sites || !rules)
			return 1;
		for (uint32_t i = 0; i < SITES + 2; i++)
			make_site(&sites[i], i, 4000 + i);
		sites[SITES].actor.role = ACTOR_ROLE_MTA;
		sites[SITES].actor.script = sites[SITES].flow.script = NULL;
		sites[SITES].flow.remote.port = sites[SITES + 1].flow.remote.port = 25;
		long resident = resident_kib();
		measure(scenes[scene].name, scenes[scene].scene, rules);
		printf("%-28s %8ld KiB more resident\n", "", resident_kib() - resident);
		rules_free(rules);
	}
	free(sites);
	return 0;
}
