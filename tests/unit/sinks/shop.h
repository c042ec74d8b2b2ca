/* SPDX-License-Identifier: GPL-2.0-only */
/* An alert, a flow and a submission as they would be of a shop's website, for the tests of what is written. */
#ifndef SMTPWATCH_TESTS_SINKS_SHOP_H
#define SMTPWATCH_TESTS_SINKS_SHOP_H

#include "sinks/sinks.h"
#include "support/observations.h"

#include <time.h>

#define SHOP_WALL_NS (1795317124ULL * 1000000000 + 123456789) /* 2026-11-22 03:12:04.123 UTC */
#define SHOP_ARGV "php-fpm: pool shop42\0"

/* The one there is, as it is at the start of each test that asks for it. */
static inline struct script *shop_script(void)
{
	static struct script script;

	script = (struct script){
		.references = 1,
		.source = SCRIPT_SOURCE_PHP_REQUEST,
		.path = (char *)"/var/www/shop42/x.php",
		.url = (char *)"/x.php?id=7",
		.method = (char *)"POST",
		.site = (char *)"shop42.example",
	};
	return &script;
}

/* Like shop_script(). */
static inline struct unit *shop_unit(void)
{
	static struct unit unit;

	unit = (struct unit){
		.references = 1,
		.name = (char *)"php8.2-fpm.service",
		.slice = (char *)"system.slice",
	};
	return &unit;
}

static inline struct actor shop_actor(void)
{
	struct actor actor = {
		.identity = identity_of(4121, 1042, 7),
		.executable = (char *)"/usr/sbin/php-fpm8.2",
		.argv = (char *)SHOP_ARGV,
		.argv_size = sizeof(SHOP_ARGV) - 1,
		.cwd = (char *)"/var/www/shop42",
		.script = shop_script(),
		.unit = shop_unit(),
		.role = ACTOR_ROLE_APPLICATION,
		.user_name = "shop42",
	};

	actor.identity.gid = 33;
	actor.identity.cgroup = 5301;
	actor.identity.mount_namespace = 4026531841;
	memcpy(actor.identity.comm, "php-fpm8.2", sizeof("php-fpm8.2"));
	actor.identity.ancestors[0] = (struct sw_ancestor){.pid = 812, .uid = 0, .comm = "php-fpm8.2"};
	actor.identity.ancestors[1] = (struct sw_ancestor){.pid = 1, .uid = 0, .comm = "systemd"};
	return actor;
}

/* The one there is, like shop_script(): what the alert is part of. */
static inline struct alert_incident *shop_incident(void)
{
	static struct alert_incident incident;

	incident = (struct alert_incident){
		.id = "k7x3pq",
		.severity = ALERT_SEVERITY_CRITICAL,
		.is_paging = true,
		.rules = {"direct-to-mx", "mx-fanout", "bad-helo"},
		.rule_count = 3,
		.count = 412,
		.first_wall_ns = SHOP_WALL_NS - 3600000000000,
	};
	return &incident;
}

static inline struct alert shop_alert(const struct actor *actor)
{
	return (struct alert){
		.rule = "direct-to-mx",
		.severity = ALERT_SEVERITY_HIGH,
		.phase = ALERT_RISEN,
		.is_news = true,
		.actor = actor,
		.remote = endpoint_at("203.0.113.25", 25),
		.count = 3,
		.networks = 3,
		.first_wall_ns = SHOP_WALL_NS,
		.last_wall_ns = SHOP_WALL_NS + 1000000000,
	};
}

static inline struct flow shop_flow(void)
{
	return (struct flow){
		.id = 0xabc,
		.started_wall_ns = SHOP_WALL_NS,
		.remote = endpoint_at("203.0.113.25", 25),
		.network_namespace = 4026531840,
		.script = shop_script(),
	};
}

/* The same, ended in order after 57 ms. */
static inline struct flow shop_flow_closed(void)
{
	struct flow flow = shop_flow();

	flow.local = endpoint_at("192.0.2.1", 40000);
	flow.established = true;
	flow.outcome = SW_OUTCOME_CLOSED;
	flow.duration_ns = 57000000;
	flow.bytes_sent = 1234;
	flow.bytes_received = 567;
	return flow;
}

static inline struct submission_event shop_submission(const struct actor *actor)
{
	return (struct submission_event){.actor = actor, .wall_ns = SHOP_WALL_NS};
}

static inline struct summary shop_summary(void)
{
	return (struct summary){
		.duration_ns = 250000000000,
		.attempts = 12,
		.established = 9,
		.outcomes = {[SW_OUTCOME_CLOSED] = 8, [SW_OUTCOME_REFUSED] = 3},
		.users = 2,
		.alert_lines = 4,
		.books.entries = {[SW_BOOK_SEEN] = 32,
				  [SW_BOOK_DELIVERED] = 25,
				  [SW_BOOK_THINNED] = 4,
				  [SW_BOOK_LOST_RING] = 2,
				  [SW_BOOK_LOST_FLOWS] = 1},
		.received = 25,
	};
}

static inline int set_utc(void **state)
{
	(void)state;
	if (setenv("TZ", "UTC", 1) != 0)
		return -1;
	tzset();
	return 0;
}

#endif
