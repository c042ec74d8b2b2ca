// SPDX-License-Identifier: GPL-2.0-only
/* A configuration file: it is taken, or refused with a sentence. */
#include "config/config.h"

#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = part_open((struct part){bytes, size});
	_cleanup_(cleanup_config_free) struct config *config = NULL;
	struct ini_error error = {.message = ""};
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(path, false, &config, &error) == 0) {
		EXPECT(config->port_count <= SW_PORT_SLOTS && config->smarthost_count <= CONFIG_SMARTHOSTS_MAX);
		EXPECT(config->smarthost_name_count <= CONFIG_SMARTHOST_NAMES_MAX);
		EXPECT(config->site_count <= CONFIG_SITES_MAX);
		return 0;
	}
	EXPECT(!config && error.message[0] && strnlen(error.message, sizeof(error.message)) < sizeof(error.message));
	for (const char *at = error.message; *at; at++)
		EXPECT((unsigned char)*at >= ' ');
	return 0;
}
