// SPDX-License-Identifier: GPL-2.0-only
#include "rules/incidents.h"

#include "lib/clock.h"
#include "rules/rule_set.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define RISE_PATIENCE_NS (10 * NANOSECONDS_A_SECOND)
#define DAY_NS (86400 * NANOSECONDS_A_SECOND)
#define INTERVAL_GROWTH 4
#define SCORES_MAX 2048
#define SCORES_OF_ONE 8

#define ID_LENGTH (ALERT_INCIDENT_ID_SIZE - 1)
#define ID_DIGIT_BITS 5
#define ID_BITS (ID_LENGTH * ID_DIGIT_BITS)
#define ID_MASK ((1U << ID_BITS) - 1)

static_assert(sizeof(struct incident_key) == 24 + INCIDENT_TEXT_SIZE, "a key is compared as bytes");

/* Scores of one key, in no order. */
struct score_entry {
	struct table_link link;
	struct incident_key key;
	struct {
		const char *rule; /* NULL: none */
		uint64_t until_ns;
	} scores[SCORES_OF_ONE];
};

struct incidents {
	struct table *table;
	struct table *scores;
};

struct incidents *incidents_new(size_t capacity)
{
	_cleanup_(cleanup_incidents_free) struct incidents *incidents = calloc(1, sizeof(*incidents));
	if (!incidents)
		return NULL;
	incidents->table = table_new(capacity, offsetof(struct incident, key), sizeof(struct incident_key), free);
	incidents->scores = table_new(SCORES_MAX, offsetof(struct score_entry, key), sizeof(struct incident_key), free);
	return incidents->table && incidents->scores ? TAKE_PTR(incidents) : NULL;
}

void incidents_free(struct incidents *incidents)
{
	if (!incidents)
		return;
	table_free(incidents->table);
	table_free(incidents->scores);
	free(incidents);
}

static struct incident_key make_key(enum incident_kind kind, uint32_t uid, const char *text)
{
	struct incident_key key = {.kind = kind, .uid = uid};
	memcpy(key.text, text, strnlen(text, sizeof(key.text) - 1));
	return key;
}

static struct incident_key key_of_source(const struct actor *actor)
{
	char text[ADDRESS_TEXT_SIZE];
	return make_key(INCIDENT_OF_SOURCE, 0, address_format(&actor->source.address, text));
}

/* Where no script tells: what runs where. */
static struct incident_key key_of_program(const struct actor *actor)
{
	const struct sw_actor_key *process = &actor->identity.key;
	const struct unit *unit = actor->unit;
	struct incident_key key;

	if (unit && (unit->container_id || unit->container_name))
		key = make_key(INCIDENT_OF_CONTAINER, process->uid,
			       unit->container_id ? unit->container_id : unit->container_name);
	else if (unit && unit->name)
		key = make_key(INCIDENT_OF_UNIT, process->uid, unit->name);
	else
		key = make_key(INCIDENT_OF_EXECUTABLE, process->uid, "");
	key.exe_inode = process->exe_inode;
	key.exe_device = process->exe_device;
	return key;
}

static struct incident_key key_of_process(const struct actor *actor)
{
	const struct script *script = actor->script;
	const char *path = script_file_path(script);
	uint32_t uid = actor->identity.key.uid;

	if (script && script->site)
		return make_key(INCIDENT_OF_SITE, uid, script->site);
	if (path)
		return make_key(INCIDENT_OF_SCRIPT, uid, path);
	if (script && script->pool)
		return make_key(INCIDENT_OF_POOL, uid, script->pool);
	return key_of_program(actor);
}

struct incident_key incident_key_of(const struct firing *firing, const struct alert_key *key)
{
	if (firing->is_of_host)
		return make_key(INCIDENT_OF_HOST, 0, "");
	if (key && key->fold != ALERT_FOLD_NONE && firing->actor->origin == ACTOR_ORIGIN_PROCESS)
		return key->site[0] ? make_key(INCIDENT_OF_SITE, key->uid, key->site)
				    : make_key(INCIDENT_OF_USER, key->uid, "");
	if (firing->subject && firing->subject_site)
		return make_key(INCIDENT_OF_SITE, firing->subject_uid, firing->subject_site);
	if (firing->actor->origin != ACTOR_ORIGIN_PROCESS)
		return key_of_source(firing->actor);
	return key_of_process(firing->actor);
}

/* FNV-1a, 64 bits (Fowler, Noll and Vo): without a seed, so that an id is the same in every run. Whoever
 * finds two incidents of one id gains nothing: the second gets the next one. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

/* Little-endian, whatever the machine. */
static uint64_t hash_number(uint64_t hash, uint64_t number)
{
	uint8_t bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> 8 * i);
	return hash_bytes(hash, bytes, sizeof(bytes));
}

/* The numbers and the text of the key and the second in which it began, folded to what an id has room for. */
static uint32_t hash_key(const struct incident_key *key, uint64_t wall_ns)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	hash = hash_number(hash, key->kind);
	hash = hash_number(hash, key->uid);
	hash = hash_number(hash, key->exe_device);
	hash = hash_number(hash, key->exe_inode);
	hash = hash_bytes(hash, key->text, strlen(key->text));
	hash = hash_number(hash, wall_ns / NANOSECONDS_A_SECOND);
	return (uint32_t)(hash ^ hash >> ID_BITS ^ hash >> 2 * ID_BITS) & ID_MASK;
}

static void write_id(uint32_t number, char id[ALERT_INCIDENT_ID_SIZE])
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's base 32 */

	for (size_t i = ID_LENGTH; i > 0; i--, number >>= ID_DIGIT_BITS)
		id[i - 1] = digits[number & ((1U << ID_DIGIT_BITS) - 1)];
	id[ID_LENGTH] = '\0';
}

void incident_make_id(char ret_id[ALERT_INCIDENT_ID_SIZE], const char *name, uint64_t wall_ns)
{
	const struct incident_key key = make_key(INCIDENT_OF_HOST, 0, name);
	write_id(hash_key(&key, wall_ns), ret_id);
}

static bool is_taken(const struct incidents *incidents, const char *id)
{
	for (struct incident *other = incidents_oldest(incidents); other; other = incidents_newer(other))
		if (strcmp(other->shown.id, id) == 0)
			return true;
	return false;
}

static struct incident_rule *find_rule(const struct incident *incident, const char *name)
{
	for (size_t i = 0; i < incident->rule_count; i++)
		if (incident->rules[i].name == name)
			return (struct incident_rule *)&incident->rules[i];
	return NULL;
}

/* NULL: there is no room. */
static struct incident_rule *take_rule(struct incident *incident, const char *name)
{
	struct incident_rule *rule = find_rule(incident, name);

	if (rule || incident->rule_count == INCIDENT_RULES_MAX)
		return rule;
	if (incident->shown.rule_count < ALERT_INCIDENT_RULES_MAX)
		incident->shown.rules[incident->shown.rule_count++] = name;
	rule = &incident->rules[incident->rule_count++];
	rule->name = name;
	return rule;
}

static void add_score(struct incident *incident, const char *name, uint64_t time_ns, uint64_t until_ns)
{
	struct incident_rule *rule = take_rule(incident, name);

	if (!rule)
		return;
	if (rule->score_until_ns <= time_ns)
		incident->compared = 0;
	if (rule->score_until_ns < until_ns)
		rule->score_until_ns = until_ns;
}

struct incident *incidents_find(const struct incidents *incidents, const struct incident_key *key)
{
	return table_find(incidents->table, key);
}

static void recall_scores(const struct incidents *incidents, struct incident *incident, uint64_t time_ns)
{
	const struct score_entry *entry = table_find(incidents->scores, &incident->key);

	for (size_t i = 0; entry && i < SCORES_OF_ONE; i++)
		if (entry->scores[i].rule && entry->scores[i].until_ns > time_ns)
			add_score(incident, entry->scores[i].rule, time_ns, entry->scores[i].until_ns);
}

struct incident *incidents_take(struct incidents *incidents, const struct incident_key *key, uint64_t time_ns,
				uint64_t wall_ns)
{
	struct incident *known = incidents_find(incidents, key);
	if (known)
		return known;
	_cleanup_free_ struct incident *incident = calloc(1, sizeof(*incident));
	if (!incident || table_is_full(incidents->table))
		return NULL;
	uint32_t number = hash_key(key, wall_ns);
	do
		write_id(number++ & ID_MASK, incident->shown.id);
	while (is_taken(incidents, incident->shown.id));
	incident->key = *key;
	incident->shown.first_wall_ns = wall_ns;
	recall_scores(incidents, incident, time_ns);
	table_insert(incidents->table, incident);
	return TAKE_PTR(incident);
}

struct incident *incidents_restore(struct incidents *incidents, const struct incident *like)
{
	_cleanup_free_ struct incident *incident = NULL;

	if (table_is_full(incidents->table) || incidents_find(incidents, &like->key) ||
	    is_taken(incidents, like->shown.id))
		return NULL;
	incident = malloc(sizeof(*incident));
	if (!incident)
		return NULL;
	*incident = *like;
	table_insert(incidents->table, incident);
	return TAKE_PTR(incident);
}

void incident_restore_rule(struct incident *incident, const char *name, uint64_t score_until_ns)
{
	struct incident_rule *rule = take_rule(incident, name);

	if (rule)
		rule->score_until_ns = score_until_ns;
}

void incidents_visit_scores(const struct incidents *incidents,
			    void (*visit)(void *context, const struct incident_key *key, const char *rule,
					  uint64_t until_ns),
			    void *context)
{
	for (const struct score_entry *entry = table_oldest(incidents->scores); entry; entry = table_newer(entry))
		for (size_t i = 0; i < SCORES_OF_ONE; i++)
			if (entry->scores[i].rule)
				visit(context, &entry->key, entry->scores[i].rule, entry->scores[i].until_ns);
}

void incidents_remove(struct incidents *incidents, struct incident *incident)
{
	table_remove(incidents->table, incident);
}

struct incident *incidents_oldest(const struct incidents *incidents)
{
	return table_oldest(incidents->table);
}

struct incident *incidents_newer(const struct incident *incident)
{
	return table_newer(incident);
}

void incident_add_alert(struct incident *incident, const char *name)
{
	struct incident_rule *rule = take_rule(incident, name);

	incident->alerts++;
	if (rule && rule->open++ == 0)
		incident->compared = 0;
}

void incident_remove_alert(struct incident *incident, const char *name)
{
	struct incident_rule *rule = find_rule(incident, name);

	incident->alerts--;
	if (rule && rule->open > 0)
		rule->open--;
}

/* Where this rule's score is kept, or the one that counts the least long. */
static size_t place_of(const struct score_entry *entry, const char *rule)
{
	size_t place = 0;

	for (size_t i = 0; i < SCORES_OF_ONE; i++) {
		if (entry->scores[i].rule == rule)
			return i;
		if (entry->scores[i].until_ns < entry->scores[place].until_ns)
			place = i;
	}
	return place;
}

static int remember(struct incidents *incidents, const struct incident_key *key, const char *rule, uint64_t until_ns)
{
	struct score_entry *entry = table_find(incidents->scores, key);

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entry->key = *key;
		table_push(incidents->scores, entry);
	}
	table_touch(incidents->scores, entry);
	size_t place = place_of(entry, rule);
	entry->scores[place].rule = rule;
	entry->scores[place].until_ns = until_ns;
	return 0;
}

int incidents_take_score(struct incidents *incidents, const struct incident_key *key, const char *rule,
			 uint64_t time_ns, uint64_t until_ns)
{
	struct incident *incident = incidents_find(incidents, key);

	if (incident)
		add_score(incident, rule, time_ns, until_ns);
	return remember(incidents, key, rule, until_ns);
}

static bool is_past(const struct score_entry *entry, uint64_t time_ns)
{
	for (size_t i = 0; i < SCORES_OF_ONE; i++)
		if (entry->scores[i].until_ns > time_ns)
			return false;
	return true;
}

void incidents_tick(struct incidents *incidents, uint64_t time_ns)
{
	struct score_entry *entry;

	while ((entry = table_oldest(incidents->scores)) && is_past(entry, time_ns))
		table_remove(incidents->scores, entry);
}

bool incident_lift(struct incident *incident, struct alert_state *state, enum alert_severity severity, uint64_t time_ns)
{
	bool is_new = !incident->is_told;

	if (!is_new && severity <= incident->shown.severity)
		return false;
	incident->is_told = true;
	incident->shown.severity = severity;
	incident->risen = state;
	if (is_new || severity == ALERT_SEVERITY_CRITICAL) {
		incident->rise_due_ns = 0;
		return true;
	}
	if (!incident->rise_due_ns)
		incident->rise_due_ns = time_ns + RISE_PATIENCE_NS;
	return false;
}

bool incident_is_risen(const struct incident *incident, uint64_t time_ns)
{
	return incident->rise_due_ns && time_ns >= incident->rise_due_ns;
}

bool incident_has_rule(const struct incident *incident, const char *rule)
{
	return find_rule(incident, rule);
}

enum presence { PRESENCE_NONE, PRESENCE_SCORE, PRESENCE_ALERT };

static enum presence presence_of(const struct incident *incident, const char *name, uint64_t time_ns)
{
	const struct incident_rule *rule = find_rule(incident, name);

	if (rule && rule->open)
		return PRESENCE_ALERT;
	return rule && rule->score_until_ns > time_ns ? PRESENCE_SCORE : PRESENCE_NONE;
}

/* The first of a list that is there; one that is an alert goes before scores. NULL: none. */
static const char *first_of(const struct incident *incident, const char *const *names, size_t count, uint64_t time_ns)
{
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		enum presence presence = presence_of(incident, names[i], time_ns);
		if (presence == PRESENCE_ALERT)
			return names[i];
		if (presence == PRESENCE_SCORE && !found)
			found = names[i];
	}
	return found;
}

static void append_name(char *text, const char *name)
{
	size_t used = strlen(text);
	const char *joint = used == 0 ? "" : strstr(text, " with ") ? " and " : " with ";

	snprintf(text + used, FIRING_EVIDENCE_SIZE - used, "%s%s", joint, name);
}

bool incident_fulfils(const struct incident *incident, const struct combination *combination, uint64_t time_ns,
		      char ret_evidence[FIRING_EVIDENCE_SIZE])
{
	const char *one = first_of(incident, combination->any, combination->any_count, time_ns);
	bool has_alert = one && presence_of(incident, one, time_ns) == PRESENCE_ALERT;
	char evidence[FIRING_EVIDENCE_SIZE] = "";

	if (combination->any_count > 0 && !one)
		return false;
	if (one)
		append_name(evidence, one);
	for (size_t i = 0; i < combination->all_count; i++) {
		enum presence presence = presence_of(incident, combination->all[i], time_ns);
		if (presence == PRESENCE_NONE)
			return false;
		has_alert |= presence == PRESENCE_ALERT;
		if (combination->all[i] != one)
			append_name(evidence, combination->all[i]);
	}
	if (!has_alert)
		return false;
	memcpy(ret_evidence, evidence, sizeof(evidence));
	return true;
}

uint64_t incident_interval(uint64_t cooldown_ns, unsigned int continued)
{
	uint64_t longest_ns = cooldown_ns > DAY_NS ? cooldown_ns : DAY_NS;
	uint64_t interval_ns = cooldown_ns;

	while (continued-- > 0 && interval_ns < longest_ns)
		interval_ns *= INTERVAL_GROWTH;
	return interval_ns < longest_ns ? interval_ns : longest_ns;
}

bool incident_is_due(const struct incident *incident, uint64_t cooldown_ns, uint64_t time_ns)
{
	return incident->shown.count > incident->said &&
	       time_ns >= incident->told_ns + incident_interval(cooldown_ns, incident->continued);
}
