/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules as they are compiled from rule files: the shipped catalogue (catalogue.conf) and presets (presets.conf), over
 * them the files of a directory, in the order of their names. man/smtpwatch-rules.5 is the language.
 */
#ifndef SMTPWATCH_RULES_RULE_SET_H
#define SMTPWATCH_RULES_RULE_SET_H

#include "lib/address.h"
#include "lib/cleanup.h"
#include "lib/ini_file.h"
#include "rules/counters.h"
#include "rules/fields.h"

#include <smtpwatch/alert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RULE_NAME_MAX 40    /* characters: a-z, 0-9, "-" and "_" */
#define RULE_STEPS_MAX 8    /* of severity */
#define RULE_MEASURES_MAX 3 /* of one step */
#define RULE_KEY_FIELDS_MAX 6
#define RULE_TEXT_MAX 256

/* A list of numbers and ranges, both ends included. */
struct number_range {
	uint64_t least;
	uint64_t most;
};

/* Whole texts in a hash set, and beginnings ("/tmp/" of "/tmp/" followed by a star) in their order. */
struct text_list;

/* Networks in their order. */
struct network_list;

/* What has to hold of one field. A field that is not known fulfils only a negated one. */
struct condition {
	enum field_id field;
	bool is_negated;
	bool is_only;                /* chooses what is counted among what is looked at */
	bool is_any;                 /* "*": any value that is known */
	uint32_t words;              /* of WORD and FLAG: bits of the values that fulfil it */
	struct number_range *ranges; /* owned; of NUMBER and SECONDS */
	size_t range_count;
	struct text_list *texts;       /* owned; of TEXT and NAME */
	struct network_list *networks; /* owned; of ADDRESS */
};

bool text_list_has(const struct text_list *list, const char *text);
bool network_list_has(const struct network_list *list, const struct address *address);

/* Whether all of them hold; those that choose what is counted are looked at only where `only` says so. */
bool conditions_hold(struct rule_question *question, const struct condition *conditions, size_t count, bool only);

enum measure_kind {
	MEASURE_COUNT,    /* how many */
	MEASURE_DISTINCT, /* how many different values of `field` */
	MEASURE_SHARE,    /* hundredths of what was looked at */
	MEASURE_KIND_COUNT,
};

/* One quantity of a step: "10 distinct destination.network in 10m". */
struct measure {
	enum measure_kind kind;
	const char *what; /* "count", "share", "distinct destination.network"; interned or static */
	uint64_t limit;
	enum field_id field; /* of DISTINCT */
	uint64_t window_ns;  /* 0: of COUNT with the limit 1, nothing is counted for it */
	size_t slot;         /* where the counter has it; of SHARE the counted ones, `whole_slot` what was looked at */
	size_t whole_slot;
	uint64_t least_whole; /* of SHARE: "50% of 10" has to have looked at so many; else 1 */
};

/* All measures have to reach their limits. */
struct step {
	enum alert_severity severity;
	bool is_score; /* adds to an incident, and never makes a line of its own */
	struct measure measures[RULE_MEASURES_MAX];
	size_t measure_count;
};

/* Evidence with fields in braces, cut into pieces. */
struct text_piece {
	const char *literal; /* borrowed from the rule's text; NULL: a value */
	size_t length;
	enum text_value {
		TEXT_FIELD,  /* `field` */
		TEXT_VALUE,  /* of the first measure of the step */
		TEXT_SECOND, /* of the second one */
		TEXT_LIMIT,  /* of the first one */
		TEXT_WINDOW,
		TEXT_REACHED, /* all measures of the step in words: "20 connections and 5 networks in 10 min" */
		TEXT_COUNTED, /* of a share: how many were counted, and of how many */
		TEXT_WHOLE,
		TEXT_SAMPLES, /* the texts of the latest observations */
		TEXT_KEY,     /* whose it is, of `narrowest`: "script /var/www/x.php" */
		TEXT_VALUE_COUNT,
	} value;
	enum field_id field;
};

struct rule {
	const char *name;   /* interned: rule_name() */
	const char *alert;  /* what the alert is called: a rule of several sections has one name. Interned */
	const char *reason; /* interned */
	char *source;       /* "catalogue.conf:41", owned: where its section begins */
	bool is_enabled;
	bool is_local;                /* a local file has it, too or only; `source` stays where it first begins */
	uint32_t listens;             /* bits of events */
	uint32_t whole;               /* bits of those that a share is of; 0: `listens` */
	struct condition *conditions; /* owned; those that choose what is counted last */
	size_t condition_count;
	enum field_id per[RULE_KEY_FIELDS_MAX];
	size_t per_count;
	bool is_narrowest; /* `per` is a list from narrow to wide: the narrowest that reaches a limit is told */
	struct step steps[RULE_STEPS_MAX]; /* the heaviest first */
	size_t step_count;
	struct counter_layout layout; /* no slots: nothing is counted */
	uint64_t shape;               /* a hash of what the counters depend on: the same after a reload, they go on */
	uint64_t cooldown_ns;         /* 0: [alerts] cooldown */
	char *text;                   /* owned */
	struct text_piece *pieces;    /* owned */
	size_t piece_count;
	enum field_id sample; /* the field whose text an observation is remembered by; FIELD_COUNT: none */
};

/* Whether the field is one of its key, or levels. */
bool rule_is_per(const struct rule *rule, enum field_id id);

/* Alerts of one incident that are worth more together. */
struct combination {
	const char *name; /* interned */
	const char *reason;
	char *source; /* owned */
	bool is_enabled;
	bool is_local;
	enum alert_severity severity;
	const char **any; /* owned, of interned names under which rules alert: one of them */
	size_t any_count;
	const char **all; /* each of them */
	size_t all_count;
};

#define ALLOWANCE_NEVER_UNUSED UINT64_MAX

/* Whom rules leave alone. */
struct allowance {
	const char *name; /* interned; without "allow " */
	const char *reason;
	char *source; /* owned */
	bool is_enabled;
	bool is_local;
	struct condition *conditions; /* owned */
	size_t condition_count;
	const char **rules; /* owned, of interned names: of rules, or under which they alert; none: all but those of the
			     * whole host */
	size_t rule_count;
	uint64_t until_wall_ns;   /* the end of its last day, in UTC; 0: for good */
	uint64_t unused_after_ns; /* 0: its section says nothing */
};

struct rule_set {
	struct rule *rules;
	size_t rule_count;
	struct combination *combinations;
	size_t combination_count;
	struct allowance *allowances;
	size_t allowance_count;
};

/*
 * Reads the shipped files, and over them those of `path`: a directory's *.conf, or one file; NULL or one that does not
 * exist: none. `changed`, if it is not NULL, is a file that is read in place of the directory's file of the same name,
 * or behind all others. 0, or -errno (-EINVAL for content) with `ret_error` filled in: "FILE:LINE: ...".
 */
int rule_set_load(const char *path, const char *changed, struct rule_set **ret_set, struct ini_error *ret_error);

/* The same of one text, without the shipped ones: for tests and fuzzing. `name` is the file's, for messages. */
int rule_set_read(FILE *stream, const char *name, struct rule_set **ret_set, struct ini_error *ret_error);

void rule_set_free(struct rule_set *set);
DEFINE_CLEANUP(struct rule_set, rule_set_free)

/* What --list-rules prints: a line each with state, name, severities, reason and source, in columns. */
void rule_set_print(const struct rule_set *set, FILE *stream);

/* The one copy of a name or reason that lives as long as the program: compared by address. NULL: no memory. */
const char *rule_name(const char *text);

#endif
