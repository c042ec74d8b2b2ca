// SPDX-License-Identifier: GPL-2.0-only
#include "view/session.h"

#include "control/protocol.h"
#include "lib/clock.h"

#include <errno.h>

#define RETRY_NS NANOSECONDS_A_SECOND
#define RETRY_PATIENCE_MS 500 /* the keys wait as long */

int session_open(struct session *session, char reason[LINK_REASON_SIZE])
{
	return link_open(session->path, &session->link, reason);
}

void session_close(struct session *session)
{
	if (session->link)
		link_free(session->link);
	session->link = NULL;
}

int session_fd(const struct session *session)
{
	return session->link ? link_fd(session->link) : -1;
}

/* Why it fails does not matter: the screen says since when it is lost. */
bool session_try(struct session *session, uint64_t now_ns)
{
	char reason[LINK_REASON_SIZE];

	if (session->link || now_ns < session->next_try_ns)
		return false;
	session->next_try_ns = now_ns + RETRY_NS;
	return !link_open_within(session->path, RETRY_PATIENCE_MS, &session->link, reason);
}

static void lose(struct session *session)
{
	session_close(session);
	session->next_try_ns = clock_boot_ns() + RETRY_NS;
}

bool session_receive(struct session *session, json_t **ret_message)
{
	if (!session->link)
		return false;
	int r = link_receive(session->link, ret_message);
	if (r < 0 && r != -EAGAIN)
		lose(session);
	return r == 0;
}

/* Takes the reference to the request, which is NULL where there was no memory for it. */
static void ask(struct session *session, json_t *request)
{
	if (session->link && request && link_send(session->link, request) < 0)
		lose(session);
	json_decref(request);
}

void session_subscribe(struct session *session, enum ledger_by by, unsigned int every, unsigned int past_alerts)
{
	ask(session, json_pack("{s:s,s:s,s:i,s:b,s:i}", "request", "subscribe", "by", ledger_by_name(by), "every",
			       (int)every, "alerts", 1, "last", (int)past_alerts));
}

void session_unsubscribe(struct session *session)
{
	ask(session, json_pack("{s:s}", "request", "subscribe"));
}

void session_ask_children(struct session *session, uint64_t row)
{
	ask(session, json_pack("{s:s,s:I,s:I,s:i}", "request", "children", "id", (json_int_t)row, "row",
			       (json_int_t)row, "limit", PROTOCOL_CHILDREN_MAX));
}

void session_ask_detail(struct session *session, uint64_t row)
{
	ask(session, json_pack("{s:s,s:I}", "request", "detail", "row", (json_int_t)row));
}

void session_ask_explanation(struct session *session, const char *incident)
{
	ask(session, json_pack("{s:s,s:s}", "request", "explain", "incident", incident));
}
