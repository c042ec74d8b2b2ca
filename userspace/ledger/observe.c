// SPDX-License-Identifier: GPL-2.0-only
/* What an observation comes to. */
#include "ledger/internal.h"
#include "ledger/ledger.h"
#include "ledger/news.h"
#include "lib/array.h"

#include <assert.h>
#include <string.h>

#define FIRST_REFUSING_CODE 400 /* RFC 5321 4.2.1 */

/* One observation on its way into the ledger. */
struct entry {
	struct ledger *ledger;
	const struct observation *observation;
	const struct model_change *change;
	struct flow_slot *flow; /* NULL: there is none, or it is forgotten */
	struct news news;
	struct row_set rows;
};

static enum ledger_port port_of(uint16_t port)
{
	static const uint16_t ports[LEDGER_PORT_OTHER] = {
		[LEDGER_PORT_SMTP] = 25,
		[LEDGER_PORT_SUBMISSIONS] = 465,
		[LEDGER_PORT_SUBMISSION] = 587,
	};
	enum ledger_port found = 0;

	while (found < LEDGER_PORT_OTHER && ports[found] != port)
		found++;
	return found;
}

static bool is_direct(const struct model_change *change)
{
	const struct flow *flow = change->flow;

	return change->direct_added > 0 ||
	       (flow && flow->scope == SW_SCOPE_EXTERNAL && flow->remote.port == FLOW_DIRECT_PORT);
}

enum ledger_verdict ledger_verdict_of_role(enum actor_role role)
{
	static const enum ledger_verdict verdicts[] = {
		[ACTOR_ROLE_UNKNOWN] = LEDGER_VERDICT_APPLICATION,
		[ACTOR_ROLE_APPLICATION] = LEDGER_VERDICT_APPLICATION,
		[ACTOR_ROLE_MTA] = LEDGER_VERDICT_MTA,
		[ACTOR_ROLE_RELAY_CLIENT] = LEDGER_VERDICT_RELAY,
	};
	static_assert(COUNT_OF(verdicts) == ACTOR_ROLE_COUNT, "a verdict for each role");

	return verdicts[role];
}

static enum ledger_verdict verdict_of(const struct model_change *change, const struct judgement *judgement)
{
	enum actor_role role = change->actor ? change->actor->role : ACTOR_ROLE_MTA;

	/* What rules say of a mail server is what receivers think of the host; it stays what it is. */
	if (judgement->fired && role != ACTOR_ROLE_MTA)
		return is_direct(change) ? LEDGER_VERDICT_DIRECT : LEDGER_VERDICT_SUSPICIOUS;
	if (judgement->allowed && change->direct_added > 0)
		return LEDGER_VERDICT_ALLOWED;
	return ledger_verdict_of_role(role);
}

static void forget_flow(struct ledger *ledger, struct flow_slot *flow)
{
	struct row_set rows;

	row_set_find(&rows, ledger->books, flow->rows);
	if (flow->flow.is_open)
		row_set_close(&rows, ledger->books);
	flow_book_remove(ledger->flows, flow);
}

/* The rows that are made count the flow from now on. */
static void add_flow(struct entry *entry)
{
	struct ledger *ledger = entry->ledger;
	const struct flow *flow = entry->change->flow;
	struct flow_slot *same = flow_book_find(ledger->flows, flow->id);
	struct flow_slot *victim = same ? same : flow_book_victim(ledger->flows);

	if (victim)
		forget_flow(ledger, victim);
	entry->flow = flow_book_add(ledger->flows, flow);
	if (!entry->flow)
		return;
	for (size_t by = 0; by < LEDGER_BY_COUNT; by++)
		entry->flow->rows[by] = entry->rows.by[by] ? entry->rows.by[by]->row.number : 0;
	entry->flow->flow.process = entry->flow->rows[LEDGER_BY_PROCESS];
	entry->flow->flow.destination = entry->flow->rows[LEDGER_BY_DESTINATION];
	entry->news.opened = 1;
}

static void count_attempts(struct entry *entry)
{
	const struct model_change *change = entry->change;
	struct ledger_counts *counts = &entry->news.counts;

	if (change->flow_began && !change->is_counted) {
		counts->attempts = 1;
		counts->ports[port_of(change->flow->remote.port)] = 1;
	} else if (change->direct_added > 0) {
		counts->attempts = counts->ports[LEDGER_PORT_SMTP] = change->direct_added;
	}
	counts->submissions = change->submitted;
}

/* The dialogue's sums are of the whole flow: what was not counted yet is the difference. */
static void count_dialogue(struct entry *entry, const struct dialogue *dialogue)
{
	struct flow_slot *slot = entry->flow;
	struct ledger_counts *counts = &entry->news.counts;

	counts->accepted = dialogue->accepted - slot->flow.accepted;
	counts->refused = dialogue->refused - slot->flow.refused;
	counts->refusals = dialogue->refusals - slot->refusals;
	slot->flow.accepted = dialogue->accepted;
	slot->flow.refused = dialogue->refused;
	slot->refusals = dialogue->refusals;
	slot->flow.reply_code = dialogue->reply.code;
	slot->flow.tls = dialogue->tls;
}

/* Of a flow that is forgotten: what the event alone says. A session that came to no message is not known then. */
static void count_event(struct entry *entry, const struct dialogue_event *event)
{
	struct ledger_counts *counts = &entry->news.counts;

	counts->accepted = event->kind == DIALOGUE_MESSAGE && event->code < FIRST_REFUSING_CODE;
	counts->refused = event->kind == DIALOGUE_MESSAGE && event->code >= FIRST_REFUSING_CODE;
	counts->refusals = event->kind == DIALOGUE_REPLY;
}

static void replace_text(const char **text, const char *new_text)
{
	if (*text && strcmp(*text, new_text) == 0)
		return;
	free((char *)*text);
	*text = strdup(new_text);
}

static void hear(struct entry *entry)
{
	const struct flow *flow = entry->change->flow;
	const struct dialogue_event *event =
		entry->observation->kind == OBSERVATION_DIALOGUE ? entry->observation->dialogue : NULL;

	if (!flow)
		return;
	if (event && (event->kind == DIALOGUE_HELO || event->kind == DIALOGUE_REPLY))
		entry->news.said = event;
	if (flow->domain[0])
		entry->news.domain = flow->domain;
	if (!entry->flow && event)
		count_event(entry, event);
	if (!entry->flow)
		return;
	if (flow->dialogue)
		count_dialogue(entry, flow->dialogue);
	entry->flow->flow.local = flow->local;
	if (flow->domain[0])
		replace_text(&entry->flow->flow.domain, flow->domain);
	if (event && event->kind == DIALOGUE_HELO)
		replace_text(&entry->flow->flow.helo, event->name);
}

/* What came of a flow, as the model says; where that has forgotten it, as the observation of its end does. */
struct result {
	bool is_established;
	enum sw_outcome outcome;
	uint32_t error;
	uint64_t duration_ns;
	uint64_t bytes_sent;
	uint64_t bytes_received;
};

static struct result result_of_flow(const struct flow *flow)
{
	return (struct result){
		.is_established = flow->established || flow->adopted,
		.outcome = flow->outcome,
		.error = flow->error,
		.duration_ns = flow->duration_ns,
		.bytes_sent = flow->bytes_sent,
		.bytes_received = flow->bytes_received,
	};
}

static struct result result_of_end(const struct observation *end, const struct flow_slot *slot)
{
	return (struct result){
		.is_established = slot->is_established,
		.outcome = end->outcome,
		.error = end->error,
		.duration_ns = end->duration_ns,
		.bytes_sent = end->bytes_sent,
		.bytes_received = end->bytes_received,
	};
}

/* Of a flow that was seen from its middle on, only its end can say that it was established; of one whose end was not
 * seen nothing is known. */
static bool has_failed(const struct result *result)
{
	return !result->is_established && result->outcome != SW_OUTCOME_PENDING &&
	       result->outcome != SW_OUTCOME_CLOSED && result->outcome != SW_OUTCOME_RESET;
}

static void end_flow(struct entry *entry, const struct result *result)
{
	struct flow_slot *slot = entry->flow;

	if (slot && slot->has_ended)
		return;
	entry->news.counts.failed = has_failed(result);
	if (!slot)
		return;
	slot->has_ended = true;
	slot->flow.outcome = result->outcome;
	slot->flow.error = result->error;
	slot->flow.duration_ns = result->duration_ns;
	slot->flow.bytes_sent = result->bytes_sent;
	slot->flow.bytes_received = result->bytes_received;
	if (!slot->flow.is_open)
		return;
	flow_book_close(entry->ledger->flows, slot);
	entry->news.opened--;
}

/* Also where the model has forgotten the flow: its end is told all the same. */
static struct flow_slot *find_flow(const struct entry *entry)
{
	const struct observation *observation = entry->observation;

	if (entry->change->flow)
		return flow_book_find(entry->ledger->flows, entry->change->flow->id);
	if (observation->kind == OBSERVATION_ESTABLISHED || observation->kind == OBSERVATION_END)
		return flow_book_find(entry->ledger->flows, observation->flow_id);
	return NULL;
}

static void take_end(struct entry *entry)
{
	const struct model_change *change = entry->change;
	struct result result;

	if (change->flow && change->flow_ended)
		result = result_of_flow(change->flow);
	else if (!change->flow && entry->flow && entry->observation->kind == OBSERVATION_END)
		result = result_of_end(entry->observation, entry->flow);
	else
		return;
	end_flow(entry, &result);
}

static void meet_today(struct entry *entry, const struct subject *subject)
{
	struct tally *tally = &entry->ledger->tally;

	distinct_count_see(&tally->destinations, subject_key(subject, LEDGER_BY_DESTINATION).low);
	distinct_count_see(&tally->receivers, subject_key(subject, LEDGER_BY_RECEIVER).low);
}

/* The rows that it is of. Those of a flow are the ones in which it began. */
static void find_rows(struct entry *entry)
{
	const struct model_change *change = entry->change;
	const struct subject subject = {
		.actor = change->actor,
		.script = change->flow    ? change->flow->script
			  : change->actor ? change->actor->script
					  : NULL,
		.flow = change->flow,
	};

	if (entry->flow)
		row_set_find(&entry->rows, entry->ledger->books, entry->flow->rows);
	else if (change->actor && news_are_any(&entry->news))
		row_set_take(&entry->rows, entry->ledger->books, &subject, &entry->news);
	if (!change->flow_began)
		return;
	row_set_connect(&entry->rows);
	meet_today(entry, &subject);
	add_flow(entry);
}

static void note_gone(struct ledger *ledger, const struct observation *observation)
{
	if (flow_book_is_full_of_gone(ledger->flows))
		ledger_close_left(ledger, observation->wall_ns);
	flow_book_note_gone(ledger->flows, &observation->actor);
}

void ledger_observe(struct ledger *ledger, const struct observation *observation, const struct model_change *change,
		    const struct judgement *judgement)
{
	struct entry entry = {
		.ledger = ledger,
		.observation = observation,
		.change = change,
		.news = {.wall_ns = observation->wall_ns, .verdict = verdict_of(change, judgement)},
	};

	tally_tick(&ledger->tally, observation->wall_ns);
	if (observation->kind == OBSERVATION_ACTOR_GONE) {
		note_gone(ledger, observation);
		return;
	}
	/* What is said on a connection needs a row, also where its attempt counts elsewhere. */
	entry.news.is_worth_a_row = entry.news.verdict >= LEDGER_VERDICT_ALLOWED || change->is_counted;
	entry.news.is_described = change->actor_is_new;
	if (!change->flow_began)
		entry.flow = find_flow(&entry);
	count_attempts(&entry);
	find_rows(&entry);
	hear(&entry);
	if (entry.flow)
		entry.flow->is_established |= change->flow_established || observation->kind == OBSERVATION_ESTABLISHED;
	take_end(&entry);
	tally_add(&ledger->tally, &entry.news.counts, observation->wall_ns);
	row_set_tell(&entry.rows, ledger->books, &entry.news);
}
