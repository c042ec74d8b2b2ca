// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/blind_alert.h"

#include "lib/clock.h"
#include "rules/incidents.h"

#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define COOLDOWN_NS (60 * NANOSECONDS_A_SECOND)
#define EVIDENCE_SIZE 512
#define TOLD_MAX 16
#define RULE "blind"

struct blind_alert {
	struct sinks *sinks;
	struct actor daemon;
	char executable[PATH_MAX];
	struct alert_incident incident;
	bool is_open;
	unsigned int continued;                /* how often it was said that it lasts */
	uint64_t said_ns;                      /* CLOCK_BOOTTIME, when a line was written last */
	char told[TOLD_MAX][HEALTH_NAME_SIZE]; /* the checks that this alert has named */
	size_t told_count;
	uint64_t lines;
	char evidence[EVIDENCE_SIZE];
};

/* Who it is about: this process. */
static void describe_daemon(struct blind_alert *alert)
{
	struct actor *actor = &alert->daemon;
	struct stat file = {.st_nlink = 1};
	struct stat namespace = {0};
	ssize_t size = readlink("/proc/self/exe", alert->executable, sizeof(alert->executable) - 1);

	actor->identity.key.pid = (uint32_t)getpid();
	actor->identity.key.uid = getuid();
	actor->identity.euid = geteuid();
	actor->identity.gid = getgid();
	actor->identity.loginuid = UINT32_MAX;
	stat("/proc/self/exe", &file);
	actor->identity.exe_links = (uint32_t)file.st_nlink;
	actor->identity.exe_mode = file.st_mode;
	actor->identity.key.exe_inode = file.st_ino;
	/* As the kernel has it (MKDEV() of include/linux/kdev_t.h). */
	actor->identity.key.exe_device = major(file.st_dev) << 20 | minor(file.st_dev);
	stat("/proc/self/ns/mnt", &namespace);
	actor->identity.mount_namespace = (uint32_t) namespace.st_ino;
	actor->executable = size > 0 ? alert->executable : NULL;
	prctl(PR_GET_NAME, actor->identity.comm);
	if (getuid() == 0)
		snprintf(actor->user_name, sizeof(actor->user_name), "root");
}

struct blind_alert *blind_alert_new(struct sinks *sinks)
{
	struct blind_alert *alert = calloc(1, sizeof(*alert));

	if (!alert)
		return NULL;
	alert->sinks = sinks;
	describe_daemon(alert);
	return alert;
}

void blind_alert_free(struct blind_alert *alert)
{
	free(alert);
}

static void write_line(struct blind_alert *alert, enum alert_phase phase, uint64_t wall_ns)
{
	const struct alert line = {
		.rule = RULE,
		.reason = "smtpwatch does not see, or cannot tell, what it is there for: until this ends, that nothing "
			  "is reported means nothing",
		.incident = &alert->incident,
		.is_news = true,
		.severity = ALERT_SEVERITY_CRITICAL,
		.phase = phase,
		.actor = &alert->daemon,
		.count = alert->incident.count,
		.is_of_host = true,
		.evidence = alert->evidence,
		.first_wall_ns = alert->incident.first_wall_ns,
		.last_wall_ns = wall_ns,
	};

	sinks_write_alert(alert->sinks, &line);
	alert->lines++;
}

static void begin(struct blind_alert *alert, uint64_t wall_ns)
{
	alert->is_open = true;
	alert->continued = 0;
	alert->incident = (struct alert_incident){
		.severity = ALERT_SEVERITY_CRITICAL,
		.is_paging = true,
		.rules = {RULE},
		.rule_count = 1,
		.first_wall_ns = wall_ns,
	};
	incident_make_id(alert->incident.id, RULE, wall_ns);
}

static bool is_told(const struct blind_alert *alert, const char *name)
{
	for (size_t i = 0; i < alert->told_count; i++)
		if (strcmp(alert->told[i], name) == 0)
			return true;
	return false;
}

/* Writes what is blind, empty: nothing, and returns whether there is something among it that was not told yet. */
static bool gather(const struct blind_alert *alert, const struct health *health, char evidence[EVIDENCE_SIZE])
{
	size_t used = 0;
	bool has_news = false;

	evidence[0] = '\0';
	for (size_t i = 0; i < health->count && used < EVIDENCE_SIZE; i++) {
		const struct health_check *check = &health->checks[i];

		if (check->state != HEALTH_BLIND)
			continue;
		/* What follows a semicolon are figures, which `smtpwatch status` shows. */
		used += (size_t)snprintf(evidence + used, EVIDENCE_SIZE - used, "%s%s: %.*s", used ? "; " : "",
					 check->name, (int)strcspn(check->text, ";"), check->text);
		has_news |= !is_told(alert, check->name);
	}
	return has_news && alert->told_count < TOLD_MAX;
}

static void note_told(struct blind_alert *alert, const struct health *health)
{
	for (size_t i = 0; i < health->count; i++) {
		const char *name = health->checks[i].name;

		if (health->checks[i].state == HEALTH_BLIND && alert->told_count < TOLD_MAX && !is_told(alert, name))
			memcpy(alert->told[alert->told_count++], name, HEALTH_NAME_SIZE);
	}
}

static void end(struct blind_alert *alert, const char *how, uint64_t wall_ns)
{
	char before[EVIDENCE_SIZE];

	if (!alert->is_open)
		return;
	memcpy(before, alert->evidence, sizeof(before));
	snprintf(alert->evidence, sizeof(alert->evidence), "%s: %.*s", how, EVIDENCE_SIZE / 2, before);
	write_line(alert, ALERT_ENDED, wall_ns);
	alert->is_open = false;
	alert->told_count = 0;
}

void blind_alert_take(struct blind_alert *alert, const struct health *health, uint64_t boot_ns, uint64_t wall_ns)
{
	char evidence[EVIDENCE_SIZE];
	const bool has_news = gather(alert, health, evidence);
	const bool was_open = alert->is_open;

	if (!evidence[0]) {
		end(alert, "all is seen again, it was", wall_ns);
		return;
	}
	if (!has_news && boot_ns - alert->said_ns < incident_interval(COOLDOWN_NS, alert->continued))
		return;
	if (!was_open)
		begin(alert, wall_ns);
	else if (!has_news)
		alert->continued++;
	memcpy(alert->evidence, evidence, sizeof(evidence));
	note_told(alert, health);
	alert->said_ns = boot_ns;
	alert->incident.count++;
	write_line(alert, was_open ? ALERT_CONTINUING : ALERT_RAISED, wall_ns);
}

void blind_alert_finish(struct blind_alert *alert, uint64_t wall_ns)
{
	end(alert, "smtpwatchd stops, and was", wall_ns);
}

uint64_t blind_alert_lines(const struct blind_alert *alert)
{
	return alert->lines;
}
