#!/usr/bin/env bash
# Builds the image that the Docker tests run Ray in, from Debian's packages and Python wheels alone, so that no image
# registry is needed: bookworm's Python 3.11 with Ray in /opt/ray. Skips when the image is there. Run as root.
# Usage: buildTestImage.sh [REQUIREMENT…]    further packages for the image, for instance `pandas==2.2.3`
set -euo pipefail

rayVersion=2.60.0
image=heliostat-test:ray$rayVersion-py311
suite=bookworm

# An older one, without what Ray Data needs, does not count.
if [ -n "$(docker image ls -q "$image")" ] && docker run --rm "$image" python -c 'import pandas, pyarrow'; then
  echo "$image is there already"
  exit 0
fi

if ! command -v mmdebstrap >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
startSeconds=$SECONDS

# Wheels are fetched here, since pip in the image would not trust the certificates of a network with a proxy.
# pip reads dependency markers with the Python that it runs in, so a 3.11 is best; another one still gets 3.11's wheels.
python=python3
for candidate in python3.11 "$HOME"/.pyenv/versions/3.11*/bin/python; do
  if command -v "$candidate" >/dev/null && "$candidate" -m pip --version >/dev/null 2>&1; then python=$candidate; break; fi
done
"$python" -m pip download -qq --dest "$work/wheels" \
  --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none --only-binary=:all: \
  --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_28_x86_64 \
  --platform manylinux_2_34_x86_64 --platform any \
  "ray[default,data]==$rayVersion" numpy debugpy "$@"
echo "wheels: $((SECONDS - startSeconds)) s"

cat >"$work/install.sh" <<'INSTALL'
set -e
python3 -m venv /opt/ray
/opt/ray/bin/pip install --quiet --no-index --find-links /wheels --disable-pip-version-check /wheels/*.whl
rm -rf /wheels /install.sh /root/.cache
INSTALL

mmdebstrap --quiet --variant=apt --include=python3,python3-venv \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook="cp -r $work/wheels $work/install.sh \"\$1\"/" \
  --customize-hook='chroot "$1" sh /install.sh' \
  "$suite" "$work/root.tar"
echo "root file system: $((SECONDS - startSeconds)) s"

docker import \
  --change 'ENV PATH=/opt/ray/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV LANG=C.UTF-8' --change 'CMD ["bash"]' \
  "$work/root.tar" "$image" >/dev/null
echo "$image built in $((SECONDS - startSeconds)) s"
