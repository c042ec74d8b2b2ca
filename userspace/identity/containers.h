/* SPDX-License-Identifier: GPL-2.0-only */
/* What a container is called, and what image it was made from, as its runtime keeps it in files that only root can
 * write. */
#ifndef SMTPWATCH_IDENTITY_CONTAINERS_H
#define SMTPWATCH_IDENTITY_CONTAINERS_H

/* Of Kubernetes: a namespace and a container, which are DNS labels of 63 at most, and a pod, a subdomain of 253. */
#define CONTAINER_NAME_SIZE 384

/* Of an image: a registry and a repository of 255 at most, a tag of 128, and a digest (distribution/reference). */
#define CONTAINER_IMAGE_SIZE 512

/*
 * The name of the container with this id: "web", or "namespace/pod/container" of Kubernetes. Only for
 * containers of root's: a user's runtime keeps its files in his home, where nothing is read. `root` is put
 * before every path: "" for this host. Returns 0, -ENOENT where the runtime does not say, or -errno; -EPERM where
 * somebody other than root can write to the file, -EFBIG where it has more than 1 MiB.
 */
int containers_name(const char *root, const char *runtime, const char *id, char ret_name[CONTAINER_NAME_SIZE]);

/* The same of its image, as it was written when the container was made: "mailcow/postfix:1.72". Of Docker and Podman;
 * of the others -ENOENT. */
int containers_image(const char *root, const char *runtime, const char *id, char ret_image[CONTAINER_IMAGE_SIZE]);

#endif
