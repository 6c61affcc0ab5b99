"""Names as the trace has them. `python names.py PROBE_DIR JSON`: rows of (module, class, function, task's name)."""
import json
import sys

sys.path.insert(0, sys.argv[1])
from heliostat_libraries import full_name

print(json.dumps([full_name(*row) for row in json.loads(sys.argv[2])]))
