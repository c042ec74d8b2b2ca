// SPDX-License-Identifier: GPL-2.0-only
#include "explain/proposals.h"

#include "explain/json_path.h"
#include "explain/moment.h"
#include "explain/page.h"
#include "explain/section.h"
#include "lib/array.h"
#include "lib/clock.h"

#include <inttypes.h>
#include <string.h>

#define NANOSECONDS_A_DAY (86400 * NANOSECONDS_A_SECOND)
#define SENTENCE_SIZE 1024
#define PORT_SIZE sizeof("65535")

/* What a section is made of, and the sentence that goes with it. */
struct proposal {
	struct section section;
	const char *refused;       /* why it is not made, as a sentence; NULL: it is */
	char opens[SENTENCE_SIZE]; /* what it would let through too */
};

/* Everything that the proposals are made from. */
struct material {
	const struct incident *incident;
	struct who who;
	const char *unit;
	const char *domain;
	const char *address;
	const char *port; /* NULL: not known */
	char port_text[PORT_SIZE];
	const char *rules[INCIDENT_RULES_MAX]; /* that may be allowed */
	size_t rule_count;
	const char *destination_rules[INCIDENT_RULES_MAX]; /* of them, those that know a destination */
	size_t destination_rule_count;
	char reason[128];
};

static const struct {
	const char *rule;
	const char *sentence;
} never[] = {
	{"blind", "what is not seen cannot be judged."},
	{"masquerade", "a program that gives itself another's name has something to hide."},
	{"hidden-executable",
	 "what runs from a deleted file or from a folder that is open to all can be anything tomorrow."},
	{"no-socket", "packets that no socket of this host sent have no program that could be allowed."},
	{"impossible-helo",
	 "no mail program says such a name; the name is a setting of whoever says it, and is put right there."},
	{"upload-script",
	 "whoever may upload a file could use the allowance; move the script to where programs are kept."},
	{"blocked",
	 "the receivers refuse this host; being allowed here does not change that. Find and stop the cause."},
};

/* Rules about what happens before there is a connection: a condition on a destination never holds for them. */
static const char *const without_destination[] = {"mx-lookups", "submission-rate"};

static bool has_destination(const char *rule)
{
	for (size_t i = 0; i < COUNT_OF(without_destination); i++)
		if (strcmp(without_destination[i], rule) == 0)
			return false;
	return true;
}

/* Why the rule is never allowed by this program, as a sentence; NULL: it may be. */
static const char *proposals_never(const char *rule)
{
	for (size_t i = 0; i < COUNT_OF(never); i++)
		if (strcmp(never[i].rule, rule) == 0)
			return never[i].sentence;
	return NULL;
}

/* A condition of one value; nothing where it is not known. */
static void add_one(struct section *section, const char *key, const char *const *value)
{
	section_add(section, key, value, 1);
}

static const char *show_user(const struct material *material, char shown[PAGE_SHOWN_SIZE])
{
	return page_show(shown, material->who.user ? material->who.user : "?");
}
#define USER(material) show_user(material, (char[PAGE_SHOWN_SIZE]){""})

/* The container says more than the unit that it lies in. */
static void add_place(struct section *section, const struct material *material)
{
	if (material->who.container)
		add_one(section, "container", &material->who.container);
	else
		add_one(section, "unit", &material->unit);
}

static const char *refuse_executable(const struct material *material)
{
	if (!material->who.executable)
		return "The executable is not known.";
	if (material->who.is_executable_gone)
		return "The executable is deleted or replaced: what its path names is another file.";
	if (who_open_folder(material->who.executable))
		return "The executable lies in a folder that others may write to, or that takes uploads.";
	return NULL;
}

static void narrow_to_destination(const struct material *material, struct proposal *proposal)
{
	proposal->section.rules = material->destination_rules;
	proposal->section.rule_count = material->destination_rule_count;
	if (!material->domain && !material->address)
		proposal->refused = "The alerts name no destination.";
	else if (material->destination_rule_count == 0)
		proposal->refused = "The rules that fired are about no destination.";
}

static void propose_destination(const struct material *material, struct proposal *proposal)
{
	struct section *section = &proposal->section;

	proposal->refused = refuse_executable(material);
	narrow_to_destination(material, proposal);
	add_place(section, material);
	add_one(section, "executable", &material->who.executable);
	add_one(section, "user", &material->who.user);
	if (material->domain)
		add_one(section, "destination.domain", &material->domain);
	else
		add_one(section, "destination", &material->address);
	add_one(section, "port", &material->port);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through whatever else %s has this program send to %s, in any number. Connections to "
		 "other places still raise alerts%s%s.",
		 USER(material), SHOW(material->domain ? material->domain : material->address),
		 material->incident->networks > 1 ? ", those to the other networks of this incident too" : "",
		 material->destination_rule_count < material->rule_count
			 ? ", and so do the rules that are about no destination"
			 : "");
}

static const char *refuse_script(const struct who *who)
{
	if (!who->script)
		return "No script is known.";
	if (!who->user)
		return "The user is not known, and a script is allowed for its user only.";
	if (who->is_one_liner || who->is_script_cut)
		return "The script is not known by a whole path.";
	if (who->is_script_claimed)
		return "The script is the word of a program that the user may have written himself.";
	if (who->is_script_gone)
		return "The script's file is deleted: another one may take its name.";
	if (who_open_folder(who->script))
		return "The script lies in a folder that others may write to, or that takes uploads.";
	return NULL;
}

static void propose_script(const struct material *material, struct proposal *proposal)
{
	proposal->refused = refuse_script(&material->who);
	add_one(&proposal->section, "script", &material->who.script);
	add_one(&proposal->section, "user", &material->who.user);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through all that this script sends to anybody%s, and whatever is put into its file "
		 "later, "
		 "or makes it do what it was not written for (a form without a check is enough). Which script runs is "
		 "the word of %s's own process.",
		 material->who.is_script_inherited ? ", with every program that it starts" : "", USER(material));
}

static void propose_program(const struct material *material, struct proposal *proposal)
{
	proposal->refused = refuse_executable(material);
	if (!material->who.user)
		proposal->refused = "The user is not known.";
	add_one(&proposal->section, "executable", &material->who.executable);
	add_one(&proposal->section, "user", &material->who.user);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through everything that %s runs in %s, to anybody: %s", USER(material),
		 SHOW(material->who.executable),
		 material->who.script ? "every script of this user, the next intruder's as well."
				      : "whatever its arguments are, in any number.");
}

static void propose_user(const struct material *material, struct proposal *proposal)
{
	const struct who *who = &material->who;

	if (!who->user)
		proposal->refused = "The user is not known.";
	else if ((who->user_id && strcmp(who->user_id, "0") == 0) || strcmp(who->user, "root") == 0)
		proposal->refused = "To allow root would allow whatever takes this host over.";
	add_one(&proposal->section, "user", &who->user);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through every program of %s, those that are still to be installed too. This is the end "
		 "of "
		 "watching that user for these rules.",
		 USER(material));
}

static void propose_machine_to(const struct material *material, struct proposal *proposal)
{
	add_one(&proposal->section, "source", &material->who.source);
	add_one(&proposal->section, "destination", &material->address);
	narrow_to_destination(material, proposal);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through whatever else the machine %s sends to %s.", SHOW(material->who.source),
		 SHOW(material->address));
}

static void propose_machine(const struct material *material, struct proposal *proposal)
{
	add_one(&proposal->section, "source", &material->who.source);
	snprintf(proposal->opens, sizeof(proposal->opens),
		 "It also lets through all that the machine %s, or whoever takes its address, sends to anybody.",
		 SHOW(material->who.source));
}

/* From narrow to wide. */
static const struct width {
	const char *name; /* of the section, behind the incident's */
	const char *title;
	void (*propose)(const struct material *material, struct proposal *proposal);
	bool of_machine; /* of one behind this host, where there is no process */
} widths[] = {
	{"destination", "this program of this user, to this destination", propose_destination, false},
	{"script", "this script of this user", propose_script, false},
	{"program", "this program of this user", propose_program, false},
	{"user", "this user", propose_user, false},
	{"destination", "this machine, to this destination", propose_machine_to, true},
	{"machine", "this machine", propose_machine, true},
};

static void print_proposal(const struct material *material, const struct width *width, unsigned int number, FILE *out)
{
	struct proposal proposal = {
		.section = {
			.rules = material->rules,
			.rule_count = material->rule_count,
			.reason = material->reason,
			.until_wall_ns = material->incident->last_wall_ns + PROPOSAL_DAYS * NANOSECONDS_A_DAY,
		}};
	const struct section_field *field;
	const char *reason;

	snprintf(proposal.section.name, sizeof(proposal.section.name), "%s-%s", material->incident->id, width->name);
	width->propose(material, &proposal);
	fprintf(out, "\n  %u. %s\n", number, width->title);
	field = proposal.refused ? NULL : section_refuse(&proposal.section, &reason);
	if (proposal.refused) {
		page_say(out, 5, "Not proposed. %s", proposal.refused);
	} else if (field) {
		page_say(out, 5, "Not proposed. The %s %s.", field->key, reason);
	} else {
		page_say(out, 5, "%s", proposal.opens);
		fputc('\n', out);
		section_write(&proposal.section, out);
	}
}

static void gather(const struct incident *incident, struct material *material)
{
	uint64_t port = json_path_number(incident->latest, "destination.port");

	material->incident = incident;
	material->who = who_of_line(incident->latest);
	material->unit = who_lasting_unit(&material->who);
	material->domain = json_path_text(incident->latest, "destination.domain");
	material->address = json_path_text(incident->latest, "destination.ip");
	if (port > 0 && port <= UINT16_MAX) {
		snprintf(material->port_text, PORT_SIZE, "%u", (unsigned int)(uint16_t)port);
		material->port = material->port_text;
	}
	for (size_t i = 0; i < incident->rule_count; i++) {
		if (proposals_never(incident->rules[i]))
			continue;
		material->rules[material->rule_count++] = incident->rules[i];
		if (has_destination(incident->rules[i]))
			material->destination_rules[material->destination_rule_count++] = incident->rules[i];
	}
	snprintf(material->reason, sizeof(material->reason), "incident %s of %s, and here why it is right",
		 incident->id, MOMENT_DAY(incident->last_wall_ns));
}

static void print_nevers(const struct incident *incident, FILE *out)
{
	for (size_t i = 0; i < incident->rule_count; i++)
		if (proposals_never(incident->rules[i]))
			page_say(out, 2, "Nothing is proposed that allows %s: %s", incident->rules[i],
				 proposals_never(incident->rules[i]));
}

static void print_how(FILE *out)
{
	page_say(out, 2,
		 "One of these sections, the first that is enough, goes into " SECTION_FILE
		 ", with a reason that you will understand in a year. It ends by itself on the day of \"until\". "
		 "\"smtpwatchd --check-config\" reads it, and \"systemctl reload smtpwatchd\" (or kill -HUP and the "
		 "daemon's pid) takes it into force. None is in force until then.");
}

void proposals_print(const struct incident *incident, FILE *out)
{
	struct material material = {0};
	unsigned int number = 0;

	gather(incident, &material);
	page_heading(out, "If this is legitimate");
	print_nevers(incident, out);
	if (material.rule_count == 0)
		return;
	if (material.who.origin && strcmp(material.who.origin, "forwarded") != 0) {
		page_say(out, 2, "Nothing is proposed: no program is known that could be allowed.");
		return;
	}
	print_how(out);
	if (incident->actor_count > 1)
		page_say(out, 2, "They are about the latest of those who are named above.");
	for (size_t i = 0; i < COUNT_OF(widths); i++)
		if (widths[i].of_machine == (material.who.source != NULL))
			print_proposal(&material, &widths[i], ++number, out);
}
