#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""confine.py UNIT COMMAND...: runs the command within the limits of a systemd unit, where no systemd runs.

Where the unit's folder has a socket for the capture process, it also plays systemd for that one: each connection starts
its service, within the limits of that unit.

What it does for each setting follows systemd.exec(5): mounts, capabilities, system calls, address families, resource
limits, umask, folders. A setting that it does not know is an error, so that none is passed over. The folders that the
unit asks for are in memory: nothing of the host is written to. Needs root.
"""
import contextlib
import ctypes
import fcntl
import grp
import os
import resource
import shlex
import signal
import socket
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)

CLONE_NEWNS = 0x20000
NAMESPACES = 0x7E020000 | 0x80  # every CLONE_NEW* of clone(2)
MS_RDONLY, MS_NOSUID, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_SLAVE = (
    1, 2, 8, 32, 4096, 8192, 16384, 1 << 19)
SYS_MOUNT_SETATTR, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, 0x8000, 1  # the same on all architectures, since 5.12
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_PDEATHSIG = 38, 24, 1
ALLOW, ERRNO_EPERM, ERRNO_ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
EQUAL, MASKED_EQUAL = 4, 7
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16, "AF_PACKET": 17}
CAPABILITIES = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE
    SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL
    SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE""".split()
# What others than the process itself see to, or what the mounts and filters below do anyway.
ELSEWHERE = """Type NotifyAccess ExecStart ExecReload StandardOutput TimeoutStartSec TimeoutStopSec KillMode Restart
    RestartSec RestartPreventExitStatus WatchdogSec RuntimeDirectoryMode StateDirectoryMode LogsDirectoryMode
    PrivateMounts KeyringMode ProtectKernelLogs ProtectClock RestrictRealtime RestrictSUIDSGID SystemCallArchitectures
    SystemCallErrorNumber ProtectControlGroups LockPersonality StandardInput StandardError IPAddressDeny
    ProtectHostname""".split()
# What makes the mounts: the capture's process is shown those of the daemon, and both units say the same.
MOUNTS = """ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules
    ProtectProc""".split()
TRACEFS = "/sys/kernel/tracing"


def checked(result, what):
    if result < 0:
        sys.exit(f"confine.py: {what}: {os.strerror(ctypes.get_errno() or -result)}")


def mount(source, target, kind=None, flags=0, data=None):
    arguments = [text.encode() if text else None for text in (source, target, kind)]
    checked(libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None), f"mount {target}")


def read_unit(path, section="[Service]"):
    settings, within = {}, False
    with open(path, encoding="utf-8") as lines:
        for line in (text.strip() for text in lines):
            if line.startswith("["):
                within = line == section
            elif within and line and line[0] not in "#;":
                key, value = line.split("=", 1)
                settings.setdefault(key, []).append(value)
    return settings


def set_read_only(path, recursive=True):
    # struct mount_attr: what to set, what to clear, propagation, user namespace
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    checked(libc.syscall(SYS_MOUNT_SETATTR, -100, path.encode(), AT_RECURSIVE if recursive else 0, attributes, 32),
            f"read-only {path}")


def hide(path):
    if os.path.isdir(path):
        mount("tmpfs", path, "tmpfs", MS_RDONLY | MS_NOSUID, "mode=000")
    elif os.path.exists(path):
        mount("/dev/null", path, None, MS_BIND)


def make_devices():
    os.makedirs("/tmp/dev")
    mount("tmpfs", "/tmp/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755")
    for name in ("null", "zero", "full", "random", "urandom", "tty"):
        with open(f"/tmp/dev/{name}", "w", encoding="ascii"):
            pass
        mount(f"/dev/{name}", f"/tmp/dev/{name}", None, MS_BIND)
    for name in ("shm", "pts"):
        if os.path.isdir(f"/dev/{name}"):
            os.mkdir(f"/tmp/dev/{name}")
            mount(f"/dev/{name}", f"/tmp/dev/{name}", None, MS_BIND)
    mount("/tmp/dev", "/dev", None, MS_MOVE)


# The three places that a unit's folders are in, in memory, and these folders.
def make_folders(unit):
    for kind, place in (("Runtime", "/run"), ("State", "/var/lib"), ("Logs", "/var/log")):
        mount("tmpfs", place, "tmpfs", MS_NOSUID, "mode=755")
        path = f"{place}/{unit.take(kind + 'Directory')}"
        os.mkdir(path)
        os.chmod(path, int(unit.settings[kind + "DirectoryMode"][0], 8))
        os.environ[f"{kind.upper()}_DIRECTORY"] = path
        mount(path, path, None, MS_BIND)
        yield path


def make_mounts(unit, capture):
    take = unit.take
    checked(libc.unshare(CLONE_NEWNS), "unshare")
    mount(None, "/", None, MS_REC | MS_SLAVE)
    folders = list(make_folders(unit))
    if not os.path.isdir(f"{TRACEFS}/events"):  # systemd mounts it
        mount("tracefs", TRACEFS, "tracefs")
    if capture:
        capture.listen()
    expect(take("ProtectSystem"), "strict")
    writable = folders + ["/dev", "/proc", "/sys", "/tmp", "/var/tmp"]
    expect(take("PrivateTmp"), "yes")
    for path in ("/tmp", "/var/tmp"):
        mount("tmpfs", path, "tmpfs", MS_NOSUID, "mode=1777")
    set_read_only("/")
    for path in writable:
        attributes = (ctypes.c_uint64 * 4)(0, MOUNT_ATTR_RDONLY, 0, 0)
        libc.syscall(SYS_MOUNT_SETATTR, -100, path.encode(), AT_RECURSIVE, attributes, 32)
    expect(take("PrivateDevices"), "yes")
    make_devices()
    expect(take("ProtectProc"), "invisible")
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC, "hidepid=invisible")
    expect(take("ProtectKernelTunables"), "yes")
    set_read_only("/sys")
    for path in ("/proc/sys", "/proc/irq", "/proc/fs", "/proc/sysrq-trigger"):
        if os.path.exists(path):
            mount(path, path, None, MS_BIND)
            set_read_only(path)
    for path in ("/proc/kallsyms", "/proc/kcore", "/proc/kmsg"):
        hide(path)
    expect(take("ProtectKernelModules"), "yes")
    expect(take("ProtectHome"), "yes")
    for path in ("/usr/lib/modules", "/home", "/root", "/run/user"):
        hide(path)


def expect(value, known):
    if value != known:
        sys.exit(f"confine.py: knows {known} here, and not {value}")


def groups():
    found, name = {}, None
    output = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = set()
        elif name and line.startswith("    ") and not line.strip().startswith("#"):
            found[name].add(line.strip())
    return found


def expand(words, known):
    for word in words:
        if word.startswith("@"):
            yield from expand(known[word], known)
        else:
            yield word


def allowed_calls(lines):
    known, allowed = groups(), set()
    for line in lines:
        calls = set(expand(line.lstrip("~").split(), known))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    # Always there, for what systemd itself does up to the command's begin.
    return allowed | set(expand(["@default"], known)) | {"execve", "seccomp"}


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operation", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


class Filter:
    def __init__(self):
        seccomp.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(ERRNO_EPERM)))

    def add(self, action, name, *comparisons):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of another architecture, or not known to this libseccomp
        array = (Comparison * max(1, len(comparisons)))(*comparisons)
        checked(seccomp.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), array),
                f"filter {name}")

    def load(self):
        checked(seccomp.seccomp_load(self.context), "load the filter")


def limit_calls(allowed, families):
    special = {"socket", "mmap", "mprotect", "pkey_mprotect", "shmat", "clone", "clone3", "unshare", "setns", "personality"}
    calls = Filter()
    for name in sorted(allowed - special):
        calls.add(ALLOW, name)
    for family in families:
        calls.add(ALLOW, "socket", Comparison(0, EQUAL, FAMILIES[family], 0))
    for protection in (2, 4):  # PROT_WRITE, PROT_EXEC: not both at once
        calls.add(ALLOW, "mmap", Comparison(2, MASKED_EQUAL, protection, 0))
    calls.add(ALLOW, "mprotect", Comparison(2, MASKED_EQUAL, 4, 0))
    calls.add(ALLOW, "clone", Comparison(0, MASKED_EQUAL, NAMESPACES & ~0x80, 0))
    calls.add(ERRNO_ENOSYS, "clone3")
    calls.load()


# A container without CAP_SYS_RESOURCE keeps the limits that it has, where the unit would raise them.
def limit_resources(unit):
    for key in [key for key in unit.settings if key.startswith("Limit")]:
        value = unit.take(key)
        number = resource.RLIM_INFINITY if value == "infinity" else int(value)
        with contextlib.suppress(ValueError):
            resource.setrlimit(getattr(resource, key.replace("Limit", "RLIMIT_")), (number, number))
    score = unit.take("OOMScoreAdjust")
    with contextlib.suppress(PermissionError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write(score)
    os.umask(int(unit.take("UMask"), 8))


def limit_capabilities(kept):
    for number, name in enumerate(CAPABILITIES):
        if f"CAP_{name}" not in kept:
            checked(libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), f"drop CAP_{name}")


class Unit:
    def __init__(self, path):
        self.settings = read_unit(path)
        self.left = set(self.settings) - set(ELSEWHERE)
        self.allowed = allowed_calls(self.settings["SystemCallFilter"])

    def take(self, key):
        self.left.discard(key)
        return self.settings[key][0]

    # All but the mounts. The calls come last: they forbid the rest.
    def enter(self):
        for key in ("RestrictNamespaces", "MemoryDenyWriteExecute", "NoNewPrivileges"):
            expect(self.take(key), "yes")
        families = self.take("RestrictAddressFamilies").split()
        self.left -= {"SystemCallFilter", "CapabilityBoundingSet"}
        limit_resources(self)
        if self.left:
            sys.exit(f"confine.py: does not know {shlex.join(sorted(self.left))}")
        os.chdir("/")
        limit_capabilities(" ".join(self.settings["CapabilityBoundingSet"]).split())
        checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
        limit_calls(self.allowed, families)


# Plays systemd for NAME.socket with Accept=yes: each connection starts NAME@.service, and is its descriptor 3.
class Accepting:
    def __init__(self, name, program, other):
        self.socket = {key: values[0] for key, values in read_unit(f"{name}.socket", "[Socket]").items()}
        expect(self.socket["Accept"], "yes")
        expect(self.socket["SendBuffer"], "1M")
        self.unit = Unit(f"{name}@.service")
        self.command = [program] + self.unit.take("ExecStart").split()[1:]
        for key in MOUNTS:
            expect(self.unit.take(key), other.settings[key][0])
        self.listening = None

    def listen(self):
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listening.bind(self.socket["ListenSequentialPacket"])
        os.chmod(self.socket["ListenSequentialPacket"], int(self.socket["SocketMode"], 8))
        self.listening.listen(int(self.socket["MaxConnections"]))

    # In a child, which dies with the command.
    def serve(self):
        if os.fork():
            self.listening.close()
            return
        checked(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "die with the command")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            connection = self.listening.accept()[0]
            connection.setsockopt(socket.SOL_SOCKET, 32, 1 << 20)  # SO_SNDBUFFORCE
            if not os.fork():
                self.start(connection)
            connection.close()

    def start(self, connection):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        null, high = os.open("/dev/null", os.O_RDWR), fcntl.fcntl(connection, fcntl.F_DUPFD, 10)
        for number, fd in enumerate((null, null, null, high)):
            os.dup2(fd, number)
        self.unit.enter()
        os.closerange(4, 1024)
        os.execve(self.command[0], self.command, {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})


def set_group(name):
    os.setgroups([grp.getgrnam(name).gr_gid])


def main():
    program, unit = sys.argv[2], Unit(sys.argv[1])
    name = f"{os.path.dirname(sys.argv[1])}/smtpwatch-capture"
    capture = Accepting(name, program, unit) if os.path.exists(f"{name}.socket") else None
    make_mounts(unit, capture)
    if capture:
        capture.serve()
    os.environ.update(line.split("=", 1) for line in unit.settings["Environment"])
    set_group(unit.take("SupplementaryGroups"))
    unit.left.discard("Environment")
    unit.enter()
    os.execv(program, sys.argv[2:])


main()
