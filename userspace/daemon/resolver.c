// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/resolver.h"

#include "lib/array.h"
#include "lib/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>

/* So that one name whose servers are silent does not keep the others waiting. */
#define THREAD_COUNT 2

/* What glibc's resolver and its modules use of it is well below. */
#define STACK_SIZE (512 * 1024)

/* One for each thread: nothing else than what is being asked is ever put down here. */
struct slot {
	enum { SLOT_FREE, SLOT_ASKED, SLOT_ANSWERED } state;
	struct smarthost_question question;
	struct smarthost_answer answer;
};

/* Shared with the threads; whoever leaves last gives it back. */
struct shared {
	pthread_mutex_t lock;
	pthread_cond_t asked;
	struct slot slots[THREAD_COUNT];
	int event;
	unsigned int users;
	bool is_over;
};

struct resolver {
	struct shared *shared;
	unsigned int threads;
	bool is_failure_told;
};

struct worker {
	struct shared *shared;
	struct slot *slot;
};

/* Adds to the users, or takes one away. Returns how many there are then. */
static unsigned int count_user(struct shared *shared, int difference)
{
	pthread_mutex_lock(&shared->lock);
	shared->users += (unsigned int)difference;
	unsigned int users = shared->users;
	pthread_mutex_unlock(&shared->lock);
	return users;
}

static void leave(struct shared *shared)
{
	if (count_user(shared, -1) > 0)
		return;
	close(shared->event);
	pthread_cond_destroy(&shared->asked);
	pthread_mutex_destroy(&shared->lock);
	free(shared);
}

/* ---- In a thread */

static void take_address(const struct sockaddr *from, struct smarthost_answer *answer)
{
	struct address address = {{0}};

	if (answer->count == COUNT_OF(answer->addresses))
		return;
	if (from->sa_family == AF_INET) {
		struct sockaddr_in ipv4;
		memcpy(&ipv4, from, sizeof(ipv4));
		address = address_from_ipv4(&ipv4.sin_addr);
	} else if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 ipv6;
		memcpy(&ipv6, from, sizeof(ipv6));
		memcpy(address.bytes, &ipv6.sin6_addr, sizeof(address.bytes));
	} else {
		return;
	}
	answer->addresses[answer->count++] = address;
}

static enum smarthost_result result_of(int error)
{
	if (error == 0)
		return SMARTHOST_ANSWERED;
	return error == EAI_NONAME || error == EAI_NODATA ? SMARTHOST_NO_NAME : SMARTHOST_FAILED;
}

static void look_up(const struct smarthost_question *question, struct smarthost_answer *ret_answer)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char name[DNS_NAME_SIZE + 1];

	memset(ret_answer, 0, sizeof(*ret_answer));
	memcpy(ret_answer->name, question->name, sizeof(question->name));
	snprintf(name, sizeof(name), "%s%s", question->name, question->is_seen ? "." : "");
	int error = getaddrinfo(name, NULL, &hints, &found);
	ret_answer->result = result_of(error);
	ret_answer->reason = error ? gai_strerror(error) : NULL;
	if (error)
		return;
	for (const struct addrinfo *at = found; at; at = at->ai_next)
		take_address(at->ai_addr, ret_answer);
	freeaddrinfo(found);
}

static void *work(void *argument)
{
	struct worker worker = *(struct worker *)argument;
	struct shared *shared = worker.shared;
	struct slot *slot = worker.slot;
	struct smarthost_answer answer;

	free(argument);
	pthread_mutex_lock(&shared->lock);
	while (!shared->is_over) {
		if (slot->state != SLOT_ASKED) {
			pthread_cond_wait(&shared->asked, &shared->lock);
			continue;
		}
		struct smarthost_question question = slot->question;
		pthread_mutex_unlock(&shared->lock);
		look_up(&question, &answer);
		pthread_mutex_lock(&shared->lock);
		slot->answer = answer;
		slot->state = SLOT_ANSWERED;
		eventfd_write(shared->event, 1);
	}
	pthread_mutex_unlock(&shared->lock);
	leave(shared);
	return NULL;
}

/* ---- In the event loop */

int resolver_new(struct resolver **ret_resolver)
{
	_cleanup_free_ struct resolver *resolver = calloc(1, sizeof(*resolver));
	_cleanup_free_ struct shared *shared = calloc(1, sizeof(*shared));

	if (!resolver || !shared)
		return -ENOMEM;
	shared->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (shared->event < 0)
		return -errno;
	pthread_mutex_init(&shared->lock, NULL);
	pthread_cond_init(&shared->asked, NULL);
	shared->users = 1;
	resolver->shared = TAKE_PTR(shared);
	*ret_resolver = TAKE_PTR(resolver);
	return 0;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	struct shared *shared = resolver->shared;
	pthread_mutex_lock(&shared->lock);
	shared->is_over = true;
	pthread_cond_broadcast(&shared->asked);
	pthread_mutex_unlock(&shared->lock);
	leave(shared);
	free(resolver);
}

int resolver_fd(const struct resolver *resolver)
{
	return resolver->shared->event;
}

/* Signals are the event loop's. Returns 0 or -errno. */
static int start_thread(struct worker *worker)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int error = pthread_create(&thread, &attributes, work, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -error;
}

/* The threads that are missing, as many as can be had. Returns whether there is one. */
static bool have_threads(struct resolver *resolver)
{
	struct shared *shared = resolver->shared;

	while (resolver->threads < THREAD_COUNT) {
		_cleanup_free_ struct worker *worker = malloc(sizeof(*worker));
		if (!worker)
			break;
		*worker = (struct worker){shared, &shared->slots[resolver->threads]};
		count_user(shared, 1);
		int error = start_thread(worker);
		if (error) {
			count_user(shared, -1); /* the resolver itself is another */
			if (!resolver->is_failure_told)
				log_warning("cannot start a thread to resolve names of smarthosts: %s",
					    strerror(-error));
			resolver->is_failure_told = true;
			break;
		}
		TAKE_PTR(worker);
		resolver->threads++;
	}
	return resolver->threads > 0;
}

/* The answer that has come in this slot. */
static bool take_slot(struct shared *shared, struct slot *slot, struct smarthost_answer *ret_answer)
{
	pthread_mutex_lock(&shared->lock);
	bool is_answered = slot->state == SLOT_ANSWERED;
	if (is_answered) {
		*ret_answer = slot->answer;
		slot->state = SLOT_FREE;
	}
	pthread_mutex_unlock(&shared->lock);
	return is_answered;
}

/* Puts the next question that is due. False: there is none. */
static bool ask(struct shared *shared, struct slot *slot, struct smarthosts *smarthosts, uint64_t time_ns)
{
	struct smarthost_question question;

	if (!smarthosts_next_question(smarthosts, time_ns, &question))
		return false;
	pthread_mutex_lock(&shared->lock);
	slot->question = question;
	slot->state = SLOT_ASKED;
	pthread_cond_broadcast(&shared->asked);
	pthread_mutex_unlock(&shared->lock);
	return true;
}

static bool is_free(struct shared *shared, const struct slot *slot)
{
	pthread_mutex_lock(&shared->lock);
	bool is_free = slot->state == SLOT_FREE;
	pthread_mutex_unlock(&shared->lock);
	return is_free;
}

void resolver_serve(struct resolver *resolver, struct smarthosts *smarthosts, uint64_t time_ns)
{
	struct shared *shared = resolver->shared;
	struct smarthost_answer answer;
	eventfd_t events;

	eventfd_read(shared->event, &events);
	for (unsigned int i = 0; i < resolver->threads; i++)
		if (take_slot(shared, &shared->slots[i], &answer))
			smarthosts_take_answer(smarthosts, &answer, time_ns);
	if (!smarthosts_has_names(smarthosts) || !have_threads(resolver))
		return;
	for (unsigned int i = 0; i < resolver->threads; i++)
		if (is_free(shared, &shared->slots[i]) && !ask(shared, &shared->slots[i], smarthosts, time_ns))
			break;
}
