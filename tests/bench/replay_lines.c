// SPDX-License-Identifier: GPL-2.0-only
/*
 * replay_lines FILE [MILLIONS]
 *
 * How fast recorded observations are asked again. Makes FILE with so many million observations (default 1), each of
 * a day: two hundred sites that submit a message to their provider every few minutes, and one that delivers twenty a
 * minute to the world; then reads it five times, without and with the rules.
 * Prints a table of medians: of one observation, nanoseconds that one thread works for it, the kernel's for reading the
 * file among them, and instructions where the kernel counts them (perf_event_open(2)), its own not among them.
 */
#include "lib/clock.h"
#include "model/actors.h"
#include "recorded/line.h"
#include "recorded/reader.h"
#include "rules/rules.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SITES 200
#define ROUNDS 5
#define BUFFER_SIZE 262144
#define STEP_NS 86400000 /* between two observations: a million of them are a day */

/* What it took. */
struct cost {
	uint64_t ns;
	uint64_t instructions; /* 0: not counted */
};

struct site {
	struct actor actor;
	struct flow flow;
	struct dialogue dialogue;
	char name[64];
};

struct maker {
	struct line_writer *lines;
	FILE *file;
	struct site *sites;
	uint64_t made;
	int repeats; /* how often more than once each line is written, to nowhere */
	char line[RECORDED_LINE_MAX];
};

/* Of this process alone: who else is at work here is no matter. */
static uint64_t cpu_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NANOSECONDS_A_SECOND + (uint64_t)time.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *format_text(const char *format, int number)
{
	char *text = NULL;
	if (asprintf(&text, format, number) < 0)
		fail("asprintf");
	return text;
}

/* As PHP's own record of its request, under php-fpm, makes it. */
static void make_actor(struct actor *actor, int number)
{
	static const char argv[] = "php-fpm: pool www";
	const struct script script = {
		.source = SCRIPT_SOURCE_PHP_REQUEST,
		.path = format_text("/var/www/shop%d.example/htdocs/wp-content/plugins/contact/send.php", number),
		.url = format_text("/contact/send.php?form=%d", number),
		.method = format_text("POST", 0),
		.site = format_text("shop%d.example", number),
	};
	const struct unit unit = {.name = format_text("php8.2-fpm.service", 0),
				  .slice = format_text("system.slice", 0)};

	*actor = (struct actor){
		.identity = {.key = {.start_ns = 1000000000000 + (uint64_t)number,
				     .exe_inode = 131842,
				     .exe_device = 0x800001,
				     .pid = 4000 + (uint32_t)number,
				     .uid = 1000 + (uint32_t)number},
			     .tid = 4000 + (uint32_t)number,
			     .euid = 1000 + (uint32_t)number,
			     .gid = 1000 + (uint32_t)number,
			     .loginuid = UINT32_MAX,
			     .exe_links = 1,
			     .exe_mode = 0100755,
			     .mount_namespace = 4026531841,
			     .cgroup = 4711,
			     .comm = "php-fpm8.2",
			     .ancestors = {{.pid = 900, .comm = "php-fpm8.2", .start_ns = 500},
					   {.pid = 1, .comm = "systemd", .start_ns = 1}}},
		.executable = format_text("/usr/sbin/php-fpm8.2", 0),
		.argv = memcpy(format_text(argv, 0), argv, sizeof(argv)),
		.argv_size = sizeof(argv),
		.cwd = format_text("/var/www/shop%d.example/htdocs/wp-content/plugins/contact", number),
		.script = script_new(&script),
		.unit = unit_new(&unit),
		.role = ACTOR_ROLE_APPLICATION,
	};
	snprintf(actor->user_name, sizeof(actor->user_name), "shop%d", number);
}

static void make_site(struct site *site, int number)
{
	make_actor(&site->actor, number);
	snprintf(site->name, sizeof(site->name), "shop%d.example", number);
	site->dialogue = (struct dialogue){
		.banner_code = 220,
		.banner = format_text("mx%d.receiver.example ESMTP ready", number),
		.helo = site->name,
		.is_extended = true,
		.helo_count = 1,
		.extensions = 0x1d,
		.mail_domain = site->name,
		.rcpt_domain = format_text("receiver%d.example", number),
	};
}

static void write_one(struct maker *maker, struct site *site, const struct dialogue_event *event,
		      struct observation observation, struct model_change change)
{
	observation.time_ns = 2000000000000 + maker->made * STEP_NS;
	observation.wall_ns = 1795317124000000000 + maker->made * STEP_NS;
	observation.flow_id = site->flow.id;
	observation.local = site->flow.local;
	observation.remote = site->flow.remote;
	observation.dialogue = event;
	change.actor = &site->actor;
	change.flow = &site->flow;
	if (change.flow_began) {
		site->flow.started_ns = observation.time_ns;
		site->flow.started_wall_ns = observation.wall_ns;
	}
	size_t size = line_write(maker->lines, &observation, &change, maker->line, sizeof(maker->line));
	for (int i = 0; i < maker->repeats; i++)
		line_write(maker->lines, &observation, &change, maker->line, sizeof(maker->line));
	if (size == 0 || fwrite(maker->line, 1, size, maker->file) != size)
		fail("a line");
	maker->made++;
}

static void say(struct maker *maker, struct site *site, enum dialogue_event_kind kind, const char *name, uint16_t code)
{
	const struct dialogue_event event = {
		.kind = kind,
		.wire_id = site->flow.id,
		.name = name,
		.text = code ? "mailbox unavailable, see https://receiver.example/why" : "",
		.code = code,
		.enhanced = {code ? 5 : 0, 1, 1},
		.stage = DIALOGUE_STAGE_RCPT,
		.is_extended = kind == DIALOGUE_HELO,
	};
	write_one(maker, site, &event, (struct observation){.kind = OBSERVATION_DIALOGUE},
		  (struct model_change){.flow_began = false});
}

static void begin_session(struct maker *maker, struct site *site, uint64_t session, bool is_direct)
{
	const uint8_t local[] = {198, 51, 100, 7};
	const uint8_t provider[] = {192, 0, 2, 58};
	const uint8_t receiver[] = {203, 0, (uint8_t)(session % 7), (uint8_t)session};

	site->flow = (struct flow){
		.id = session + 1,
		.wire_id = session + 1,
		.actor = site->actor.identity.key,
		.local = {address_from_ipv4(local), (uint16_t)(32768 + session % 28000)},
		.remote = {address_from_ipv4(is_direct ? receiver : provider), is_direct ? 25 : 587},
		.network_namespace = 4026531840,
		.script = site->actor.script,
		.mx_preference = 10,
	};
	if (is_direct) {
		snprintf(site->flow.domain, sizeof(site->flow.domain), "mx.receiver%" PRIu64 ".example", session % 500);
		snprintf(site->flow.mx_domain, sizeof(site->flow.mx_domain), "receiver%" PRIu64 ".example",
			 session % 500);
	} else {
		snprintf(site->flow.domain, sizeof(site->flow.domain), "smtp.provider.example");
	}
	write_one(maker, site, NULL, (struct observation){.kind = OBSERVATION_ATTEMPT},
		  (struct model_change){.flow_began = true, .direct_added = is_direct});
	site->flow.established = true;
	write_one(maker, site, NULL, (struct observation){.kind = OBSERVATION_ESTABLISHED},
		  (struct model_change){.flow_established = true});
	site->flow.dialogue = &site->dialogue;
}

static void make_session(struct maker *maker, uint64_t session)
{
	bool is_spam = session % 3 == 0;
	struct site *site = &maker->sites[is_spam ? SITES : session % SITES];
	int recipients = is_spam ? 5 : 1;

	begin_session(maker, site, session, is_spam);
	say(maker, site, DIALOGUE_HELO, site->name, 0);
	say(maker, site, DIALOGUE_MAIL, site->name, 0);
	for (int i = 0; i < recipients; i++) {
		say(maker, site, DIALOGUE_RCPT, "receiver.example", 0);
		if (is_spam && i % 2 == 0)
			say(maker, site, DIALOGUE_REPLY, NULL, 550);
	}
	say(maker, site, DIALOGUE_MESSAGE, NULL, 250);
	say(maker, site, DIALOGUE_QUIT, NULL, 0);
	site->flow.outcome = SW_OUTCOME_CLOSED;
	site->flow.duration_ns = 1234567;
	site->flow.bytes_sent = 4711;
	site->flow.bytes_received = 815;
	write_one(maker, site, NULL, (struct observation){.kind = OBSERVATION_END},
		  (struct model_change){.flow_ended = true});
}

/* Nanoseconds of a line more, wherever it goes. */
static uint64_t cost_of_line(struct maker *maker)
{
	uint64_t times[2];
	uint64_t made = maker->made;

	FILE *file = maker->file;

	if (!(maker->file = fopen("/dev/null", "we")))
		fail("/dev/null");
	for (int round = 0; round < 2; round++) {
		uint64_t session = 0;
		maker->repeats = 10 * round;
		uint64_t began_ns = cpu_ns();
		for (maker->made = 0; maker->made < made / 10; session++)
			make_session(maker, session);
		times[round] = cpu_ns() - began_ns;
	}
	fclose(maker->file);
	maker->file = file;
	maker->made = made;
	return times[1] > times[0] ? (times[1] - times[0]) / made : 0;
}

static uint64_t make_file(const char *path, uint64_t count)
{
	struct maker *maker = calloc(1, sizeof(*maker));

	if (!maker || !(maker->sites = calloc(SITES + 1, sizeof(*maker->sites))))
		fail("memory");
	maker->lines = line_writer_new();
	maker->file = fopen(path, "we");
	if (!maker->lines || !maker->file)
		fail(path);
	for (int i = 0; i <= SITES; i++)
		make_site(&maker->sites[i], i);
	for (uint64_t session = 0; maker->made < count; session++)
		make_session(maker, session);
	if (fflush(maker->file) != 0)
		fail(path);
	long size = ftell(maker->file);
	printf("%" PRIu64 " observations, %ld bytes each, written in %" PRIu64 " ns each\n", maker->made,
	       size / (long)maker->made, cost_of_line(maker));
	fclose(maker->file);
	return maker->made;
}

static void count_alert(void *context, const struct alert *alert)
{
	(void)alert;
	++*(uint64_t *)context;
}

static void take_line(struct recorded_reader *reader, struct rules *rules, const char *line, size_t size)
{
	static uint64_t ticked_ns;
	struct recorded_question question;

	if (recorded_read_line(reader, line, size, &question) != 0) {
		fprintf(stderr, "%s\n", recorded_reader_problem(reader));
		exit(1);
	}
	if (!rules)
		return;
	if (question.observation->time_ns / NANOSECONDS_A_SECOND != ticked_ns)
		rules_tick(rules, question.observation->time_ns, question.observation->wall_ns);
	ticked_ns = question.observation->time_ns / NANOSECONDS_A_SECOND;
	rules_judge(rules, question.observation, question.change);
}

/* A counter of this process's own instructions. -1: there is none. */
static int open_counter(void)
{
	struct perf_event_attr wanted = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(wanted),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	return (int)syscall(SYS_perf_event_open, &wanted, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static uint64_t instructions(void)
{
	static int counter = -2;
	uint64_t count;

	if (counter == -2)
		counter = open_counter();
	return counter >= 0 && read(counter, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void take_block(struct recorded_reader *reader, struct rules *rules, char *buffer, size_t *used)
{
	const char *at = buffer;
	const char *end = buffer + *used;
	const char *mark;

	while ((mark = memchr(at, '\n', (size_t)(end - at)))) {
		take_line(reader, rules, at, (size_t)(mark - at));
		at = mark + 1;
	}
	*used = (size_t)(end - at);
	memmove(buffer, at, *used);
}

static struct cost read_file(const char *path, struct rules *rules)
{
	static char buffer[BUFFER_SIZE];
	struct recorded_reader *reader = recorded_reader_new();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t got;

	if (!reader || fd < 0)
		fail(path);
	const struct cost began = {cpu_ns(), instructions()};
	while ((got = read(fd, buffer + used, sizeof(buffer) - used)) > 0) {
		used += (size_t)got;
		take_block(reader, rules, buffer, &used);
	}
	const struct cost cost = {cpu_ns() - began.ns, instructions() - began.instructions};
	close(fd);
	recorded_reader_free(reader);
	return cost;
}

static int by_size(const void *left, const void *right)
{
	uint64_t first = *(const uint64_t *)left;
	uint64_t second = *(const uint64_t *)right;
	return (first > second) - (first < second);
}

static struct cost median(struct cost costs[ROUNDS])
{
	uint64_t ns[ROUNDS];
	uint64_t counts[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		ns[round] = costs[round].ns;
		counts[round] = costs[round].instructions;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_size);
	qsort(counts, ROUNDS, sizeof(counts[0]), by_size);
	return (struct cost){ns[ROUNDS / 2], counts[ROUNDS / 2]};
}

/* Of all observations, as that of one. */
static void print_row(const char *name, struct cost cost, uint64_t count)
{
	char counted[32] = "-";

	if (cost.instructions > 0)
		snprintf(counted, sizeof(counted), "%" PRIu64, cost.instructions / count);
	printf("%-6s %6" PRIu64 " %13s %15" PRIu64 "\n", name, cost.ns / count, counted,
	       (uint64_t)(count * NANOSECONDS_A_SECOND / (cost.ns + 1)));
}

static void print_table(struct cost reading, struct cost both, uint64_t count)
{
	const struct cost judging = {both.ns > reading.ns ? both.ns - reading.ns : 0,
				     both.instructions - reading.instructions};

	printf("%-6s %6s %13s %15s\n", "", "ns", "instructions", "observations/s");
	print_row("read", reading, count);
	print_row("judge", judging, count);
	print_row("both", both, count);
}

int main(int argc, char *argv[])
{
	const struct rules_options options = {.cooldown_ns = 300 * NANOSECONDS_A_SECOND,
					      .orphan_age_ns = RULES_ORPHAN_AGE_NS};
	struct cost reading[ROUNDS];
	struct cost both[ROUNDS];
	uint64_t alerts = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: replay_lines FILE [MILLIONS]\n");
		return 2;
	}
	uint64_t count = make_file(argv[1], (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 1000000);
	for (int round = 0; round < ROUNDS; round++) {
		struct rules *rules = rules_new(&options, NULL, count_alert, &alerts);
		if (!rules)
			fail("rules");
		reading[round] = read_file(argv[1], NULL);
		both[round] = read_file(argv[1], rules);
		rules_free(rules);
	}
	print_table(median(reading), median(both), count);
	printf("%" PRIu64 " alert lines\n", alerts / ROUNDS);
	return 0;
}
