#!/usr/bin/env bash
# Makes the Python environments that the samples' tests use: one for TensorFlow, one for all others, in DIR. What goes
# into them stands in the samples themselves. Does nothing where that has not changed.
# Usage: makeSampleEnvironments.sh PYTHON DIR    PYTHON: a 3.11 that has uv installed beside it
set -euo pipefail
cd "$(dirname "$0")/.."

python=$1
uv=$(dirname "$python")/uv
dir=$2

dependencies() {
  "$python" - "$@" <<'PYTHON'
import re, sys, tomllib
found = set()
for file in sys.argv[1:]:
    block = re.search(r"^# /// script\n((?:#.*\n)+?)# ///$", open(file).read(), re.M).group(1)
    found.update(tomllib.loads(re.sub(r"^# ?", "", block, flags=re.M))["dependencies"])
print("\n".join(sorted(found)))
PYTHON
}

make() { # NAME SAMPLE…
  local name=$1
  shift
  local wanted
  wanted=$(dependencies "$@")
  if [ "$(cat "$dir/$name/complete" 2>/dev/null)" = "$wanted" ]; then return; fi
  rm -rf "${dir:?}/$name"
  "$uv" venv -q --seed --python "$("$python" -c 'import sys; print(sys._base_executable)')" "$dir/$name"
  # Torch by pip, which knows of this machine's build for CPUs; and XGBoost without NVIDIA's library for many GPUs, of
  # 300 MB. Both are found installed by what follows.
  local torch xgboost
  torch=$(grep '^torch==' <<<"$wanted" || true)
  xgboost=$(grep '^xgboost==' <<<"$wanted" || true)
  [ -z "$torch" ] || "$dir/$name/bin/pip" install -q "$torch"
  # Compiled here once: where PYTHONDONTWRITEBYTECODE is set, every process of Ray would do it for itself.
  local install=("$uv" pip install -q --compile-bytecode --python "$dir/$name/bin/python")
  [ -z "$xgboost" ] || "${install[@]}" --no-deps "$xgboost"
  grep -v '^xgboost==' <<<"$wanted" | "${install[@]}" -r - debugpy
  echo "$wanted" >"$dir/$name/complete"
}

mkdir -p "$dir"
shopt -s extglob
make torch extension/samples/!(tensorflow_train).py
make tensorflow extension/samples/tensorflow_train.py
