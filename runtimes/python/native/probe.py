# Describes this Python as the fields of an Environment that Create cannot know.
import importlib.metadata
import json
import os
import sys
import sysconfig

if sys.version_info < (3, 9) or sys.implementation.name != "cpython":
    sys.exit("CPython 3.9 or later is needed")
program = os.path.realpath(sys.executable)
libraries = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.join(sys.base_exec_prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}")]
if sysconfig.get_config_var("Py_ENABLE_SHARED"):
    libraries.append(sysconfig.get_config_var("LIBDIR"))
# Where the dynamic linker finds the system's own libraries.
triplet = sysconfig.get_config_var("MULTIARCH")
for folder in ("/lib", "/usr/lib"):
    if triplet and os.path.isdir(os.path.join(folder, triplet)):
        libraries.append(os.path.join(folder, triplet))
libraries += [f for f in ("/lib64", "/usr/lib64") if os.path.isdir(f)]
seen = []
for f in libraries:
    f = os.path.realpath(f)
    if os.path.isdir(f) and f not in seen:
        seen.append(f)
modules = set()
for d in importlib.metadata.distributions(path=[p for p in sys.path if p.startswith(sys.prefix + os.sep)] if sys.prefix != sys.base_prefix else []):
    named = (d.read_text("top_level.txt") or "").split()
    modules.update(named or {f.parts[0] for f in d.files or () if f.name == "__init__.py" and len(f.parts) == 2})
modules = sorted(m for m in modules if m.isidentifier() and not m.startswith("_") and not m.endswith(("_tests", "_test")))
json.dump({"python": "%d.%d.%d" % sys.version_info[:3], "program": program, "libraries": seen, "modules": modules}, sys.stdout)
