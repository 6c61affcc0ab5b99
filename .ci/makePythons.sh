#!/usr/bin/env bash
# Makes an environment with Ray in DIR for each Python that the debugger is tested with beside the tests' own, where the
# machine has that Python; says which it has not.
# Usage: makePythons.sh UV DIR
set -euo pipefail

uv=$1
dir=$2
packages=('ray[default]==2.60.0' debugpy numpy)

find_python() { # VERSION
  local found
  for found in "$(command -v "python$1" || true)" "$HOME/.pyenv/versions/$1".*/bin/python; do
    # Pyenv has a command of each name that it knows, also where nothing is behind it.
    if [ -n "$found" ] && "$found" -c 'import venv' 2>/dev/null; then
      echo "$found"
      return
    fi
  done
}

mkdir -p "$dir"
for version in 3.10 3.12 3.13; do
  if [ "$(cat "$dir/$version/complete" 2>/dev/null)" = "${packages[*]}" ]; then continue; fi
  python=$(find_python "$version")
  if [ -z "$python" ]; then
    echo "This machine has no Python $version: the debugger is not tested with it." >&2
    continue
  fi
  rm -rf "${dir:?}/$version"
  "$uv" venv -q --python "$python" "$dir/$version"
  # Compiled here once: where PYTHONDONTWRITEBYTECODE is set, every process of Ray would do it for itself.
  "$uv" pip install -q --compile-bytecode --python "$dir/$version/bin/python" "${packages[@]}"
  echo "${packages[*]}" >"$dir/$version/complete"
done
