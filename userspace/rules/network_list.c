// SPDX-License-Identifier: GPL-2.0-only
/* Networks are sorted, and those that lie in another one are left out: the last one that does not begin behind an
 * address is the only one that can contain it. */
#include "rules/text_list.h"

#include <errno.h>
#include <string.h>

struct network_list {
	struct prefix *networks; /* owned */
	size_t count;
};

struct network_list *network_list_new(void)
{
	return calloc(1, sizeof(struct network_list));
}

void network_list_free(struct network_list *list)
{
	if (!list)
		return;
	free(list->networks);
	free(list);
}

int network_list_add(struct network_list *list, const struct prefix *network)
{
	struct prefix *grown = reallocarray(list->networks, list->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	list->networks = grown;
	grown[list->count++] = *network;
	return 0;
}

/* By the address that they begin at; of those with the same one the widest is first. */
static int compare_networks(const void *left, const void *right)
{
	const struct prefix *first = left;
	const struct prefix *second = right;
	int order = memcmp(&first->address, &second->address, sizeof(first->address));

	return order ? order : first->length - second->length;
}

void network_list_finish(struct network_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->networks, list->count, sizeof(*list->networks), compare_networks);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || !prefix_contains(&list->networks[kept - 1], &list->networks[i].address))
			list->networks[kept++] = list->networks[i];
	list->count = kept;
}

bool network_list_has(const struct network_list *list, const struct address *address)
{
	size_t low = 0;
	size_t high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&list->networks[middle].address, address, sizeof(*address)) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && prefix_contains(&list->networks[low - 1], address);
}
