# What a hostile function would try, once it runs. Each attempt is a function; attempt(name) says how it ended.
import ctypes
import mmap
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)


def called(number, *args):
    if libc.syscall(number, *args) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def leak_threads():
    class Never(Exception):
        pass

    n, stop = 0, threading.Event()
    try:
        while n < 100_000:
            threading.Thread(target=stop.wait, daemon=True).start()
            n += 1
    finally:
        stop.set()


def leak_shared():
    kept = []
    for _ in range(64):
        m = mmap.mmap(-1, 1 << 28)
        m[:: 4096] = b"x" * (1 << 16)
        kept.append(m)


def other_executable():
    for fd in range(6, 4096):
        try:
            os.dup2(0, fd)
        except OSError:
            pass
    try:
        called(322, 1000, b"", (ctypes.c_char_p * 2)(b"sh", None), (ctypes.c_char_p * 1)(None), 0x1000)
    finally:
        os.closerange(6, 4096)


def leak_files():
    try:
        while True:
            os.dup(0)
    finally:
        os.closerange(6, 4096)


ATTEMPTS = {
    "read /etc/passwd": lambda: read("/etc/passwd"),
    "list the root": lambda: os.listdir("/"),
    "list the home": lambda: os.listdir("/root"),
    "read the parent's environment": lambda: read(f"/proc/{os.getppid()}/environ"),
    "read its own environment": lambda: read("/proc/self/environ"),
    "read its own memory": lambda: open("/proc/self/mem", "rb").read(1),
    "write its own memory": lambda: open("/proc/self/mem", "wb"),
    "write to the environment": lambda: open(os.path.join(sys.prefix, "pyvenv.cfg"), "w"),
    "write a file": lambda: open("/tmp/written-by-python", "w"),
    "write shared memory": lambda: open("/dev/shm/written-by-python", "w"),
    "open a null device": lambda: open("/dev/null", "wb"),
    "make a folder": lambda: os.mkdir("/tmp/made-by-python"),
    "remove the record": lambda: os.remove(os.path.join(os.path.dirname(sys.prefix), "environment.json")),
    "read the record": lambda: read(os.path.join(os.path.dirname(sys.prefix), "environment.json")),
    "link": lambda: os.symlink("/etc/passwd", "/tmp/link-by-python"),
    "change a mode": lambda: os.chmod(sys.prefix, 0o777),
    "a socket": lambda: socket.socket(),
    "a unix socket": lambda: socket.socket(socket.AF_UNIX),
    "a pair of sockets": lambda: socket.socketpair(),
    "fork": lambda: os.fork(),
    "run a program": lambda: subprocess.run(["/bin/true"]),
    "a shell": lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
    "execute": lambda: os.execv(sys.executable, ["python", "-c", "1"]),
    "execute by descriptor": lambda: os.execve(os.open(os.path.realpath(sys.executable), os.O_RDONLY), ["python"], {}),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal everybody": lambda: os.kill(-1, signal.SIGCONT),
    "signal a process group": lambda: os.killpg(0, signal.SIGCONT),
    "a handle of the parent": lambda: os.pidfd_open(os.getppid()),
    "signals by descriptor": lambda: __import__("fcntl").fcntl(3, 8, os.getppid()),
    "another root": lambda: os.chroot("/tmp"),
    "a memory file": lambda: os.memfd_create("x"),
    "become root": lambda: os.setuid(0),
    "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
    "raise a limit of the parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
    "another priority": lambda: os.nice(-5),
    "processors of its choice": lambda: os.sched_setaffinity(0, {0}),
    "a timer": lambda: signal.setitimer(signal.ITIMER_REAL, 1),
    "a name for the machine": lambda: socket.sethostname("x"),
    "shared memory without a file": leak_shared,
    "too many threads": leak_threads,
    "too many files": leak_files,
    "too much memory": lambda: np.ones(1 << 30),
    "a longer file": lambda: os.truncate(3, 1 << 40),
    "change its descriptors' flags": lambda: __import__("fcntl").fcntl(3, 4, os.O_NONBLOCK),
    "a terminal's buffer": lambda: __import__("fcntl").ioctl(0, 0x5412, b"x"),
}

# System calls by their numbers on this architecture.
if os.uname().machine == "x86_64":
    ATTEMPTS |= {
        "a raw socket": lambda: called(41, 17, 3, 0),
        "vfork": lambda: called(58),
        "clone without a thread": lambda: called(56, 17, 0, 0, 0, 0),
        "signal a thread of the parent": lambda: called(234, os.getppid(), os.getppid(), 0),
        "trace the parent": lambda: called(101, 16, os.getppid(), 0, 0),
        "read the parent's memory": lambda: called(310, os.getppid(), None, 0, None, 0, 0),
        "mount": lambda: called(165, b"none", b"/mnt", b"tmpfs", 0, None),
        "a namespace": lambda: called(272, 0x10000000),
        "keys": lambda: called(250, 0, -3, 1),
        "a program for the kernel": lambda: called(321, 0, None, 0),
        "rings": lambda: called(425, 8, None),
        "faults of users": lambda: called(323, 0),
        "performance counters": lambda: called(298, None, 0, -1, -1, 0),
        "new privileges": lambda: called(157, 38, 0, 0, 0, 0),
        "no filter": lambda: called(317, 1, 0, None),
        "the clock": lambda: called(227, 0, None),
        "shared memory of System V": lambda: called(29, 0, 4096, 0o1600),
        "a queue of messages": lambda: called(240, b"x", 0o102, 0o600, None),
        "execute as the launcher did": other_executable,
    }


def attempts(x):
    out = []
    for name, attempt in ATTEMPTS.items():
        try:
            out.append(f"{name}: succeeded with {attempt()!r:.200}")
        except BaseException as e:
            out.append(f"{name}: {type(e).__name__} {e}")
    return ["\n".join(out)] * len(x)


def world(x):
    import dreamql

    seen = {
        "environment": sorted(os.environ),
        "descriptors": [fd for fd in range(256) if alive(fd)],
        "user": os.getuid(),
        "threads": threading.active_count(),
        "arguments": sys.argv,
        "files": sorted(dreamql.files),
    }
    return [repr(seen)] * len(x)


def alive(fd):
    try:
        os.fstat(fd)
        return True
    except OSError:
        return False


def flood(x):
    for _ in range(2000):
        os.write(1, b"noise" * 10_000)
        os.write(2, b"noise" * 10_000)
    print("more noise")
    return x


def fault(x):
    ctypes.string_at(0)


def stubborn(x):
    for s in range(1, 65):
        try:
            signal.signal(s, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    threading.Thread(target=stubborn, args=(x,)).start() if threading.active_count() < 4 else None
    while True:
        pass


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def pickled(x):
    return pickle.dumps([Evil()])


def objects(x):
    out = np.empty(len(x), object)
    out[:] = [Evil()] * len(x)
    return out


def answer(size, body):
    os.write(3, size.to_bytes(4, "little") + body)
    while True:
        os.read(3, 100)


def lie_of_size(x):
    answer(0xFFFFFFFF, b"\0")


def lie_of_nothing(x):
    answer(0, b"")


def lie_of_place(x):
    answer(33, b"\0" + b"\xff" * 8 + (1 << 62).to_bytes(8, "little") + (8 * len(x)).to_bytes(8, "little") + b"\xff" * 8)


def lie_of_half(x):
    answer(33, b"\0" + b"\xff" * 8 + (0).to_bytes(8, "little") + (8 * len(x)).to_bytes(8, "little") + b"\xff" * 8)


def lie_of_length(x):
    answer(33, b"\0" + b"\xff" * 8 + (32 << 20).to_bytes(8, "little") + (1).to_bytes(8, "little") + b"\xff" * 8)


def lie_of_presence(x):
    answer(33, b"\0" + ((64 << 20) - 1).to_bytes(8, "little") + (32 << 20).to_bytes(8, "little") + (8 * len(x)).to_bytes(8, "little") + b"\xff" * 8)


def lie_of_kind(x):
    answer(1, b"\x63")


def lie_twice(x):
    os.write(3, b"\x01\0\0\0\0" * 3)
    return x


def hang_up(x):
    os.close(3)
    while True:
        pass


def leave(x):
    os._exit(7)


def abort(x):
    print("the last words")
    os.abort()


def patched(x):
    import __main__

    __main__.explain = lambda e: b"\xff" * 60_000
    raise ValueError
