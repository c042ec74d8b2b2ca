/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a process is accounted: the systemd unit or container that its cgroup stands for. */
#ifndef SMTPWATCH_UNIT_H
#define SMTPWATCH_UNIT_H

/* A text that is not known, or that there is none of, is NULL. Text is as it was seen, not escaped. */
struct unit {
	unsigned int references;
	char *name;              /* "apache2.service", "session-3.scope" */
	char *slice;             /* the innermost slice: "user-1000.slice", "system.slice" */
	char *container_runtime; /* "docker", "podman", "lxc", "kubernetes", "nspawn" and so on */
	char *container_id;      /* as the runtime writes it: 64 hexadecimal digits, or an LXC container's name */
	char *container_name;    /* "web", or "namespace/pod/container" of Kubernetes */
	char *container_image;   /* as it was written when the container was made: "mailcow/postfix:1.72" */
};

/* A copy with one reference and texts of its own. NULL: no memory. */
struct unit *unit_new(const struct unit *like);
/* NULL is allowed, here and below. Returns `unit`. */
struct unit *unit_ref(struct unit *unit);
void unit_unref(struct unit *unit);

#endif
