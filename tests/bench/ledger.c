// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the ledger costs: nanoseconds an observation of a mail server, a spammer, a crowd of actors and full books;
 * bytes a row; and how long it takes to read the rows of a whole book, as a client does that has just come.
 */
#include "ledger/ledger.h"
#include "ledger/keep.h"
#include "lib/array.h"
#include "lib/clock.h"
#include "loopback.h"

#include <malloc.h>
#include <string.h>
#include <sys/wait.h>

#define MAX_ROWS 10000
#define MAX_FLOWS 10000
#define ROUNDS 100000
#define REPEATS 5
#define PAGE 64
#define SCRIPTS 40000

struct bench {
	struct ledger *ledger;
	struct actor actor;
	struct flow flow;
	struct dialogue dialogue;
	struct judgement judgement;
	uint64_t time_ns;
	uint64_t observations;
	char helo[32];
};

static struct address address_of(uint32_t number)
{
	const uint8_t bytes[4] = {198, (uint8_t)(18 + (number >> 16 & 1)), (uint8_t)(number >> 8), (uint8_t)number};
	return address_from_ipv4(bytes);
}

static struct script *scripts[SCRIPTS];

static void make_scripts(void)
{
	char path[96];
	const struct script like = {.source = SCRIPT_SOURCE_PHP_REQUEST, .path = path};

	for (uint32_t i = 0; i < SCRIPTS; i++) {
		snprintf(path, sizeof(path), "/var/www/shop%u.example/htdocs/wp-content/plugins/mailer/send.php", i);
		scripts[i] = script_new(&like);
		if (!scripts[i])
			fail("script");
	}
}

/* One process of one site, whatever their number. A mail server runs no script. */
static void set_actor(struct bench *bench, uint32_t number, enum actor_role role)
{
	bench->actor = (struct actor){
		.identity = {.key = {.pid = 4000 + number, .start_ns = number, .exe_inode = 77, .uid = 33},
			     .euid = 33,
			     .comm = "php-fpm8.2"},
		.executable = (char *)"/usr/sbin/php-fpm8.2",
		.argv = (char *)"php-fpm: pool www",
		.argv_size = 18,
		.cwd = (char *)"/var/www",
		.role = role,
		.user_name = "www-data",
		.script = role == ACTOR_ROLE_MTA ? NULL : scripts[number],
	};
}

static void observe(struct bench *bench, struct observation observation, struct model_change change)
{
	observation.wall_ns = bench->time_ns;
	change.actor = &bench->actor;
	change.flow = &bench->flow;
	ledger_observe(bench->ledger, &observation, &change, &bench->judgement);
	bench->observations++;
}

static void say(struct bench *bench, struct dialogue_event event)
{
	observe(bench, (struct observation){.kind = OBSERVATION_DIALOGUE, .dialogue = &event},
		(struct model_change){.actor = NULL});
}

static void set_flow(struct bench *bench, uint32_t destination)
{
	static uint64_t id;

	bench->dialogue = (struct dialogue){.helo = bench->helo};
	bench->flow = (struct flow){
		.id = ++id,
		.actor = bench->actor.identity.key,
		.started_wall_ns = bench->time_ns,
		.remote = {.address = address_of(destination), .port = 25},
		.scope = SW_SCOPE_EXTERNAL,
		.script = bench->actor.script,
	};
	snprintf(bench->flow.domain, sizeof(bench->flow.domain), "mx1.receiver%u.example", destination % 5000);
}

static void begin(struct bench *bench)
{
	bool is_direct = bench->actor.role != ACTOR_ROLE_MTA;

	observe(bench, (struct observation){.kind = OBSERVATION_ATTEMPT},
		(struct model_change){.flow_began = true, .direct_added = is_direct});
}

static void finish(struct bench *bench)
{
	bench->flow.outcome = SW_OUTCOME_CLOSED;
	observe(bench, (struct observation){.kind = OBSERVATION_END}, (struct model_change){.flow_ended = true});
}

/* One message, from attempt to end, as the wire shows it. */
static void deliver(struct bench *bench, bool is_refused)
{
	begin(bench);
	bench->flow.established = true;
	observe(bench, (struct observation){.kind = OBSERVATION_ESTABLISHED},
		(struct model_change){.flow_established = true});
	bench->flow.dialogue = &bench->dialogue;
	say(bench, (struct dialogue_event){.kind = DIALOGUE_BANNER, .code = 220, .text = "mx"});
	say(bench, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = bench->helo, .is_extended = true});
	say(bench, (struct dialogue_event){.kind = DIALOGUE_MAIL, .name = "sender.example"});
	say(bench, (struct dialogue_event){.kind = DIALOGUE_RCPT, .name = "receiver.example"});
	bench->dialogue.refusals += is_refused;
	if (is_refused)
		say(bench, (struct dialogue_event){.kind = DIALOGUE_REPLY,
						   .code = 550,
						   .enhanced = {5, 7, 1},
						   .class = REPLY_CLASS_BLOCK,
						   .receiver = "gmail",
						   .text = "our system has detected that this message is unsolicited"});
	bench->dialogue.accepted += !is_refused;
	bench->dialogue.refused += is_refused;
	say(bench, (struct dialogue_event){.kind = DIALOGUE_MESSAGE, .code = is_refused ? 550 : 250});
	say(bench, (struct dialogue_event){.kind = DIALOGUE_QUIT});
	finish(bench);
}

static void mail_server(struct bench *bench, uint32_t round)
{
	set_actor(bench, 1, ACTOR_ROLE_MTA);
	set_flow(bench, round % 200);
	deliver(bench, round % 50 == 0);
}

static void spammer(struct bench *bench, uint32_t round)
{
	set_actor(bench, 1, ACTOR_ROLE_APPLICATION);
	bench->judgement.fired = true;
	set_flow(bench, round * 257 % 9000);
	deliver(bench, round % 4 == 0);
}

static void attempts(struct bench *bench, uint32_t round)
{
	set_actor(bench, 1, ACTOR_ROLE_APPLICATION);
	set_flow(bench, round * 257 % 9000);
	begin(bench);
	finish(bench);
}

static void crowd(struct bench *bench, uint32_t round)
{
	set_actor(bench, round % 10000, ACTOR_ROLE_APPLICATION);
	set_flow(bench, round % 9000);
	begin(bench);
	finish(bench);
}

/* Each attempt is of a process, a script and a destination that are forgotten, and pushes another one out. */
static void full(struct bench *bench, uint32_t round)
{
	set_actor(bench, round % SCRIPTS, ACTOR_ROLE_APPLICATION);
	set_flow(bench, round % SCRIPTS);
	begin(bench);
	finish(bench);
}

static int compare(const void *left, const void *right)
{
	double difference = *(const double *)left - *(const double *)right;
	return difference < 0 ? -1 : difference > 0;
}

static void run(struct bench *bench, void (*scene)(struct bench *, uint32_t), uint32_t rounds)
{
	snprintf(bench->helo, sizeof(bench->helo), "vps7.hosting.example");
	for (uint32_t round = 0; round < rounds; round++) {
		scene(bench, round);
		bench->time_ns += NANOSECONDS_A_SECOND / 100;
	}
}

/* Making up an observation takes time as well. */
static double cost(void (*scene)(struct bench *, uint32_t))
{
	_cleanup_(cleanup_ledger_free) struct ledger *ledger = ledger_new(MAX_ROWS, MAX_FLOWS);
	struct bench bench = {.ledger = ledger, .time_ns = 1795317120 * NANOSECONDS_A_SECOND};
	double costs[REPEATS];

	if (!ledger)
		fail("ledger");
	run(&bench, scene, ROUNDS);
	for (size_t repeat = 0; repeat < REPEATS; repeat++) {
		bench.observations = 0;
		double start = now_ns();
		run(&bench, scene, ROUNDS);
		costs[repeat] = (now_ns() - start) / (double)bench.observations;
	}
	qsort(costs, REPEATS, sizeof(costs[0]), compare);
	return costs[REPEATS / 2];
}

/* Pages of a book from its first row on; the rows themselves are looked at once each. */
static size_t read_book(const struct ledger *ledger, enum ledger_by by)
{
	const struct ledger_row *rows[PAGE];
	uint64_t after = 0;
	size_t count;
	size_t sum = 0;

	while ((count = ledger_changed(ledger, by, after, rows, PAGE)) > 0) {
		after = rows[count - 1]->revision;
		sum += count;
	}
	return sum;
}

static size_t resident_bytes(void)
{
	unsigned long pages[2];
	FILE *statm = fopen("/proc/self/statm", "re");

	malloc_trim(0);
	if (!statm || fscanf(statm, "%lu %lu", &pages[0], &pages[1]) != 2)
		fail("statm");
	fclose(statm);
	return pages[1] * (size_t)sysconf(_SC_PAGESIZE);
}

/* Each of 10,000 processes, with a script of its own, to one destination. */
static void quiet(struct bench *bench, uint32_t round)
{
	set_actor(bench, round, ACTOR_ROLE_APPLICATION);
	set_flow(bench, 1);
	deliver(bench, false);
}

/* The most that a row can hold. */
static void busy(struct bench *bench, uint32_t round)
{
	static char text[DIALOGUE_TEXT_SIZE];
	static char helo[DIALOGUE_NAME_SIZE];

	memset(text, 'x', sizeof(text) - 1);
	memset(helo, 'h', sizeof(helo) - 1);
	set_actor(bench, round, ACTOR_ROLE_APPLICATION);
	for (uint32_t i = 0; i < 40; i++) {
		set_flow(bench, i);
		begin(bench);
		helo[0] = (char)('a' + i % 8);
		say(bench, (struct dialogue_event){.kind = DIALOGUE_HELO, .name = helo});
		say(bench,
		    (struct dialogue_event){.kind = DIALOGUE_REPLY, .code = 550, .receiver = "gmail", .text = text});
		finish(bench);
	}
}

/* What it takes to keep all of it over a restart: to write it, and the fork of a process that does. */
static void print_keeping(const struct ledger *ledger)
{
	FILE *file = tmpfile();

	if (!file)
		fail("tmpfile");
	double start = now_ns();
	ledger_keep(ledger, file);
	fflush(file);
	double took = now_ns() - start;
	double forked = now_ns();
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	forked = now_ns() - forked;
	waitpid(child, NULL, 0);
	printf("%-34s %8.1f MiB of text, written in %.0f ms; %.2f ms to fork who does\n", "",
	       (double)ftell(file) / (1 << 20), took / 1e6, forked / 1e6);
	fclose(file);
}

static void print_memory(const char *name, void (*scene)(struct bench *, uint32_t))
{
	size_t before = resident_bytes();
	_cleanup_(cleanup_ledger_free) struct ledger *ledger = ledger_new(MAX_ROWS, 1);
	struct bench bench = {.ledger = ledger, .time_ns = 1795317120 * NANOSECONDS_A_SECOND};

	if (!ledger)
		fail("ledger");
	run(&bench, scene, MAX_ROWS);
	size_t used = resident_bytes() - before;
	double start = now_ns();
	size_t rows = read_book(ledger, LEDGER_BY_PROCESS);
	double took = now_ns() - start;
	const struct ledger_row *process;
	ledger_changed(ledger, LEDGER_BY_USER, 0, &process, 1);
	const struct ledger_row *children[PAGE];
	double asked = now_ns();
	size_t count = ledger_processes(ledger, process, children, PAGE);
	asked = now_ns() - asked;
	printf("%-34s %8.1f MiB, %5.0f bytes a row; read in pages of %d: %.0f us for %zu rows, %.0f us for the %zu "
	       "processes of a user\n",
	       name, (double)used / (1 << 20), (double)used / (2 * MAX_ROWS), PAGE, took / 1000, rows, asked / 1000,
	       count);
	print_keeping(ledger);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*scene)(struct bench *, uint32_t);
	} scenes[] = {
		{"a mail server's messages", mail_server},
		{"a spammer's messages", spammer},
		{"a spammer's attempts", attempts},
		{"10,000 actors", crowd},
		{"books that are full", full},
	};

	make_scripts();
	for (size_t i = 0; i < COUNT_OF(scenes); i++)
		printf("%-34s %8.0f ns an observation\n", scenes[i].name, cost(scenes[i].scene));
	print_memory("10,000 processes, as many scripts", quiet);
	print_memory("the same, with all they can hold", busy);
	for (uint32_t i = 0; i < SCRIPTS; i++)
		script_unref(scripts[i]);
	return 0;
}
