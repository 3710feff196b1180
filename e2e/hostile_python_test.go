package e2e_test

import "strings"

// pythonAttacks are functions that do no harm when they are given 0: in CPython as WebAssembly, and the same in native CPython, where a
// function is given a whole column.
func pythonAttacks() []attack {
	as := []attack{
		{name: "an endless loop", source: "while a:\n    pass\nreturn 0", want: stoppedByTime, endless: true},
		{name: "an endless loop that nothing compiles", source: "import re\nwhile a:\n    re.escape('x')\nreturn 0", want: stoppedByTime, endless: true},
		{name: "huge integers", source: "x = 3\nwhile a:\n    x = x * x\nreturn 0", want: "MemoryError|" + stoppedByTime + "|memory", endless: true},
		{name: "an allocation bomb", source: "kept = []\nwhile a:\n    kept.append(bytearray(1 << 20))\nreturn 0", want: "MemoryError|memory|processor time"},
		{name: "recursion", source: "def deeper(n):\n    return deeper(n + 1) + 1\nreturn deeper(0) if a else 0", want: "RecursionError"},
		{name: "recursion without Python's limit", source: "import sys\nif a:\n    sys.setrecursionlimit(10 ** 8)\n" +
			"def deeper(n):\n    return deeper(n + 1) + 1\nreturn deeper(0) if a else 0", want: "", endless: true},
		{name: "a fork bomb", source: "import os\nwhile a:\n    os.fork()\nreturn 0", want: "Error"},
		{name: "a thread bomb", source: "import threading, time\nkept = []\nfor i in range(100000 if a else 0):\n" +
			"    t = threading.Thread(target=time.sleep, args=(60,), daemon=True)\n    t.start()\n    kept.append(t)\nreturn len(kept)",
			want: "thread|memory|" + stoppedByTime, endless: true},
		{name: "reading /proc", source: "return len(open('/proc/self/environ').read() + open('/proc/1/cmdline').read()) if a else 0", want: "FileNotFoundError|PermissionError"},
		{name: "reading /etc/passwd", source: "return len(open('/etc/passwd').read()) if a else 0", want: "FileNotFoundError|PermissionError"},
		{name: "writing a file", source: "if a:\n    open('/tmp/written-by-a-function', 'w').write('x')\nreturn 0", want: "Error"},
		{name: "the environment", result: "string", source: "import os\nreturn ' '.join(sorted(os.environ)) if a else ''",
			want: `"x":"`, never: "DREAMQL|DATABASE|REDIS|SECRET"},
		{name: "a socket", source: "import socket\nif a:\n    socket.create_connection(('127.0.0.1', 80), timeout=1)\nreturn 0", want: "Error"},
		{name: "a signal to the parent", source: "import os, signal\nif a:\n    os.kill(os.getppid(), signal.SIGKILL)\nreturn 0", want: "Error"},
		{name: "a fault through ctypes", source: "if a:\n    import ctypes\n    ctypes.string_at(8)\nreturn 0", want: "Error|ended unexpectedly"},
		{name: "an escape through __subclasses__", source: "if a:\n    for c in ().__class__.__base__.__subclasses__():\n" +
			"        g = getattr(c.__init__, '__globals__', {})\n        if 'system' in g:\n            return g['system']('echo owned > /tmp/written-by-a-function') + 1000\n" +
			"    raise LookupError('nothing is within reach')\nreturn 0", want: `Error|"x":\d+`},
		{name: "a result with a pickle inside", source: "class Evil:\n    def __reduce__(self):\n        import os\n        return os.system, ('echo owned > /tmp/written-by-a-function',)\n" +
			"return Evil() if a else 0", want: "Evil|array of object"},
		{name: "output without end", source: "while a:\n    print('x' * 100000)\nreturn 0", want: stoppedByTime, endless: true},
		{name: "writing where the answers go", source: "import os\nif a:\n    os.write(1, b'\\xff' * 1000000)\nreturn 0", want: "malformed|Error|ended unexpectedly|too long|announced a reply"},
		{name: "changing the driver", source: "import sys, gc\nif a:\n    f = sys._getframe()\n    while f:\n        f.f_globals.pop('encode', None)\n        f = f.f_back\nreturn 0",
			want: `Error|malformed|"x":0|ended unexpectedly`},
		{name: "SIGTERM that is ignored", source: "import signal\nif a:\n    try:\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    except Exception:\n        pass\n" +
			"while a:\n    pass\nreturn 0", want: stoppedByTime, endless: true},
		{name: "a sleep that does not end", source: "import time\nwhile a:\n    time.sleep(3600)\nreturn 0", want: stoppedByTime + "|Error", endless: true},
		{name: "inherited descriptors", result: "string", source: "import os\nfound = []\nfor fd in range(3, 512 if a else 3):\n    try:\n        os.fstat(fd)\n" +
			"        found.append(os.read(fd, 1))\n    except OSError:\n        pass\nreturn repr(found)", want: `"x":"\[\]"`, example: "f(0)", gives: "'[]'"},
		{name: "os._exit", source: "import os\nif a:\n    os._exit(3)\nreturn 0", want: "exit|ended"},
		{name: "half a character", result: "string", source: "return '\\ud800' if a else ''", want: "Error|UTF-8"},
	}
	var native []attack
	for i := range as {
		as[i].kind = "python"
		n := as[i]
		n.kind = "native"
		switch {
		case n.name == "inherited descriptors": // it has that of its own driver, and takes that one's messages
			n.want, n.endless = n.want+"|no answer|"+stoppedByTime, true
		case n.name == "writing where the answers go": // they do not go there
			n.want = `"x":0`
		case n.result == "":
			n.want += "|Error|ended" // another Python, and another machine to it
		}
		native = append(native, n)
	}
	return append(as, native...)
}

// def is the source of the function of an attack.
func (a *attack) def(name string) string {
	if a.kind == "native" {
		inner := strings.ReplaceAll(a.source, "\n", "\n        ")
		return "def " + name + "(column):\n    def of_one(a):\n        " + inner +
			"\n    worst = of_one(int(max(column, default=0) > 0))\n    return [worst] * len(column)\n\n\n"
	}
	return "def " + name + "(a):\n    " + strings.ReplaceAll(a.source, "\n", "\n    ") + "\n\n\n"
}
