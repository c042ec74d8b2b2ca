// SPDX-License-Identifier: GPL-2.0-only
#include "view/picture_children.h"

#include "control/protocol.h"
#include "view/picture_read.h"

#include <errno.h>

static void free_row(struct picture_row *row);

void picture_release_children(struct picture_row *row)
{
	for (size_t i = 0; i < row->child_count; i++)
		free_row(row->children[i]);
	free(row->children);
	row->children = NULL;
	row->child_count = 0;
	row->child_total = 0;
}

static void free_row(struct picture_row *row)
{
	picture_release_children(row);
	picture_release_row(row);
	free(row);
}

DEFINE_CLEANUP(struct picture_row, free_row)

struct picture_row *picture_find_child(const struct picture_row *parent, uint64_t number)
{
	for (size_t i = 0; i < parent->child_count; i++) {
		if (parent->children[i]->number == number)
			return parent->children[i];
	}
	return NULL;
}

/* What was below it stays there until it comes anew. */
static void adopt(struct picture_row *child, struct picture_row *former)
{
	if (!former)
		return;
	child->is_expanded = former->is_expanded;
	child->children = TAKE_PTR(former->children);
	child->child_count = former->child_count;
	child->child_total = former->child_total;
	former->child_count = 0;
}

static int read_child(const struct picture_row *parent, const json_t *object, bool is_flow,
		      struct picture_row **ret_child)
{
	uint64_t number = is_flow ? picture_read_number(object, "flow") : picture_read_number(object, "row");
	_cleanup_(cleanup_free_row) struct picture_row *child = calloc(1, sizeof(*child));
	int error = child ? 0 : -ENOMEM;

	if (!error && !number)
		error = -EBADMSG;
	if (error)
		return error;
	child->number = is_flow ? number | PICTURE_FLOW_BIT : number;
	error = is_flow ? picture_read_flow(child, object) : picture_read_row(child, object);
	if (error == -ENOMEM)
		return error;
	if (!is_flow)
		adopt(child, picture_find_child(parent, number));
	*ret_child = TAKE_PTR(child);
	return error;
}

/* Reads at most as many as the daemon ever sends. */
static int read_list(struct picture_row *parent, const json_t *objects, bool is_flow, struct picture_row **children,
		     size_t *count)
{
	const json_t *object;
	int error = 0;
	size_t i;

	json_array_foreach(objects, i, object)
	{
		struct picture_row *child = NULL;
		if (*count == PROTOCOL_CHILDREN_MAX)
			return -EBADMSG;
		picture_note_error(&error, read_child(parent, object, is_flow, &child));
		if (child)
			children[(*count)++] = child;
	}
	return error;
}

int picture_read_children(struct picture_row *parent, const json_t *message)
{
	const json_t *flows = json_object_get(message, "flows");
	const json_t *objects = flows ? flows : json_object_get(message, "rows");
	_cleanup_free_ struct picture_row **children = NULL;
	size_t count = 0;

	if (!json_is_array(objects))
		return -EBADMSG;
	children = calloc(PROTOCOL_CHILDREN_MAX, sizeof(struct picture_row *));
	if (!children)
		return -ENOMEM;
	int error = read_list(parent, objects, flows != NULL, children, &count);
	picture_release_children(parent);
	parent->children = TAKE_PTR(children);
	parent->child_count = count;
	uint64_t total = picture_read_number(message, "total");
	parent->child_total = total > count ? (size_t)total : count;
	return error;
}
