# SPDX-License-Identifier: GPL-2.0-only
#
#   make              builds; needs no root and no network
#   sudo make run     installs what the build needs, builds, watches this host and opens the live view; both end at q
#   sudo make check   installs what the tests need, runs every test; check-unit and check-golden need no root
#   sudo make install [PREFIX=/usr/local] [DESTDIR=DIR]   installs, starts nothing; make uninstall takes it away
#   make lint, make fuzz [FUZZ_SECONDS=60], sudo make bench, make format, make clean
#   sudo make vm [KERNEL=6.1] [ALL=1] [RECORD=1]   on real kernels in QEMU; ALL: also what takes long; RECORD: writes down what came of it
#   sudo make soak    twenty minutes (SOAK_MINUTES) of random load and faults
#   make coverage     lines that unit and golden tests reach, by folder; below 90 % of model, rules or capture it fails
#
# Variables: V=1 shows the commands, BUILD=DIR, CC, WERROR=1, SANITIZE=1 (ASan and UBSan), COVERAGE=1 (gcc's), CFLAGS, LDFLAGS.

, := ,
VERSION := 0.1.0
BUILD ?= build
CLANG ?= clang
BPFTOOL ?= $(firstword $(shell command -v bpftool) $(wildcard /usr/sbin/bpftool /usr/lib/linux-tools/*/bpftool) bpftool)
PKG_CONFIG ?= pkg-config
Q := $(if $(V),,@)

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wconversion -Wshadow $(if $(WERROR),-Werror)
HARDENING := -fstack-protector-strong -fstack-clash-protection -fPIE $(if $(findstring -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
HARDENING_LINK := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
SANITIZERS := $(if $(SANITIZE)$(FUZZER),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
	$(if $(FUZZER),-fsanitize=fuzzer-no-link) $(if $(COVERAGE),--coverage -DSMTPWATCH_COVERAGE)
FUZZ_SECONDS ?= 60
COVERAGE_TESTS ?= check-unit check-golden
LIBRARIES := libbpf jansson inih libpcap libseccomp libcap-ng
CLIENT_LIBRARIES := jansson ncursesw

# The skeleton and the libraries' headers are not ours to warn about.
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -DSMTPWATCH_VERSION='"$(VERSION)"' -Iinclude -Iuserspace -isystem $(BUILD)/bpf \
	$(WARNINGS) $(HARDENING) $(SANITIZERS) $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(HARDENING_LINK) $(SANITIZERS) $(LDFLAGS)
LIBS = $(shell $(PKG_CONFIG) --libs $(LIBRARIES))
CLIENT_LIBS = $(shell $(PKG_CONFIG) --libs $(CLIENT_LIBRARIES))
# The architecture's name as the kernel's tree has it: libbpf reads the arguments of probes from its registers.
BPF_ARCH = $(or $(patsubst x86_64-%,x86,$(filter x86_64-%,$(MULTIARCH))),$(patsubst aarch64-%,arm64,$(filter aarch64-%,$(MULTIARCH))),$(firstword $(subst -, ,$(MULTIARCH))))
MULTIARCH = $(shell $(CLANG) -print-multiarch)
BPF_CFLAGS = -std=gnu17 -g -O2 -target bpf -mcpu=v2 -D__TARGET_ARCH_$(BPF_ARCH) -Wall -Wextra $(if $(WERROR),-Werror) \
	-Iinclude -idirafter /usr/include/$(MULTIARCH)

bpf_sources := $(wildcard bpf/*.bpf.c)
sources := $(wildcard userspace/*/*.c)
library_sources := $(filter-out userspace/daemon/main.c userspace/client/main.c,$(sources))
unit_sources := $(wildcard tests/unit/*/test_*.c)

bpf_objects := $(bpf_sources:%.c=$(BUILD)/%.o)
library_objects := $(library_sources:%.c=$(BUILD)/%.o)
unit_tests := $(unit_sources:%.c=$(BUILD)/%)
skeleton := $(BUILD)/bpf/smtpwatch.skel.h
library := $(BUILD)/libsmtpwatch.a
golden_tests := $(wildcard tests/golden/*.t)
system_tests := $(wildcard tests/system/*.t tests/system/evasion/*.t)
fuzz_targets := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
bench_programs := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))

.PHONY: all needs run check check-unit check-golden check-system coverage soak fuzz fuzz-targets vm bench lint format clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/smtpwatchd $(BUILD)/smtpwatch

$(BUILD)/smtpwatchd: $(BUILD)/userspace/daemon/main.o $(library)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/smtpwatch: $(BUILD)/userspace/client/main.o $(library)
	$(if $(V),,@echo "  LINK $@")
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(CLIENT_LIBS)

$(library): $(library_objects)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# Says what is missing before a compiler says it in its own way.
needs:
	@for tool in $(CC) $(CLANG) $(BPFTOOL) $(PKG_CONFIG); do \
		command -v $$tool >/dev/null || { echo "$$tool is missing; install what the build needs: sudo tools/deps build" >&2; exit 1; }; \
	done
	@$(PKG_CONFIG) --print-errors --exists $(LIBRARIES) $(CLIENT_LIBRARIES) || { echo "install what the build needs: sudo tools/deps build" >&2; exit 1; }

$(BUILD)/userspace/%.o: userspace/%.c Makefile | needs
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The kernel side: each source to an object, all of them linked to one, and that to a header that holds it.
$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c Makefile | needs
	@mkdir -p $(@D)
	$(if $(V),,@echo "  BPF  $@")
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bpf/smtpwatch.linked.o: $(bpf_objects)
	$(if $(V),,@echo "  GEN  $@")
	$(Q)$(BPFTOOL) gen object $@ $^

$(skeleton): $(BUILD)/bpf/smtpwatch.linked.o
	$(if $(V),,@echo "  GEN  $@")
	$(Q)$(BPFTOOL) gen skeleton $< name smtpwatch > $@

$(patsubst %.c,$(BUILD)/%.o,$(wildcard userspace/sensor/*.c)): $(skeleton)
$(BUILD)/userspace/identity/mta_entry.o: userspace/identity/mta.conf
$(BUILD)/userspace/capture/replies.o: userspace/capture/replies.psv
$(BUILD)/userspace/rules/rule_set.o: userspace/rules/catalogue.conf userspace/rules/presets.conf

$(BUILD)/tests/unit/%: tests/unit/%.c $(library)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Itests/unit -o $@ $< $(library) $(LIBS) $(CLIENT_LIBS) -lcmocka

$(BUILD)/tests/bench/%: tests/bench/%.c tests/bench/loopback.h $(library)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(library) $(LIBS) $(CLIENT_LIBS)

# libFuzzer is clang's; the targets and the library are built beside the rest.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(library)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC   $@")
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(library) $(LIBS) $(CLIENT_LIBS)

fuzz-targets: $(fuzz_targets)

run:
	@tools/deps build
	@$(MAKE) -s all
	@trap : INT; tools/live $(BUILD)

check:
	@tools/deps test
	@$(MAKE) -s all $(unit_tests)
	SMTPWATCHD=$(abspath $(BUILD)/smtpwatchd) SMTPWATCH=$(abspath $(BUILD)/smtpwatch) prove --exec tests/bounded $(unit_tests) $(golden_tests) $(system_tests)

check-unit: $(unit_tests)
	prove --exec tests/bounded $(unit_tests)

check-golden: all
	SMTPWATCHD=$(abspath $(BUILD)/smtpwatchd) SMTPWATCH=$(abspath $(BUILD)/smtpwatch) prove --exec tests/bounded $(golden_tests)

check-system: all
	SMTPWATCHD=$(abspath $(BUILD)/smtpwatchd) SMTPWATCH=$(abspath $(BUILD)/smtpwatch) prove --exec tests/bounded $(system_tests)

# Without optimisation, so that a line is what it is in the source. As root also COVERAGE_TESTS='check-unit check-golden check-system'.
coverage:
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) -s CC=gcc BUILD=$(BUILD)/coverage COVERAGE=1 CFLAGS='-O0 -g' $(COVERAGE_TESTS)
	tests/coverage $(BUILD)/coverage

fuzz:
	@$(MAKE) -s CC=clang BUILD=$(BUILD)/fuzz FUZZER=1 fuzz-targets
	BUILD=$(abspath $(BUILD)/fuzz) tests/fuzz/run $(FUZZ_SECONDS)

# SOAK_MINUTES=2 for trying, SOAK_SEED=N for the same choices again.
soak:
	@tools/deps test
	@$(MAKE) -s all
	SMTPWATCHD=$(abspath $(BUILD)/smtpwatchd) SMTPWATCH=$(abspath $(BUILD)/smtpwatch) SOAK_DIRECTORY=$(abspath $(BUILD)/soak) tests/soak/run

vm:
	@tools/deps vm
	@$(MAKE) -s all
	KERNEL='$(KERNEL)' ALL='$(ALL)' RECORD='$(RECORD)' TEST_SECONDS=$(if $(ALL),7200,1800) prove --exec tests/bounded tests/vm/*.t

bench:
	@tools/deps test
	@tools/deps bench || echo 'those who cannot be had are left out of the comparison' >&2
	@$(MAKE) -s all $(bench_programs)
	BUILD=$(BUILD) tests/bench/all

lint:
	@tools/lint

format:
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

clean:
	rm -rf $(BUILD)

include tools/packaging/install.mk

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
