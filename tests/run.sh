#!/usr/bin/env bash
# Sets up everything the tests need and runs them: `bash tests/run.sh [pytest arguments]`.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=${VENV:-.venv}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/requirements.txt

# Nothing where there is no apt; what is missing then is said by the tests that need it.
apt_install() {
  command -v apt-get >/dev/null || return 0
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -qq && $as_root apt-get install -y -qq "$@" >/dev/null || true
}

# A Chromium: the one on the PATH, Debian's package where apt can install it, else Playwright's own.
find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }
[ -n "$(find_chromium)" ] || apt_install chromium fonts-noto-cjk
# The proxies, and the store of several replicas.
PATH=$PATH:/usr/sbin
{ command -v haproxy && command -v nginx && command -v redis-server; } >/dev/null ||
  apt_install haproxy nginx-light redis-server
[ -n "$(find_chromium)" ] || "$venv/bin/python" -m playwright install chromium

"$venv/bin/ruff" format --check .
"$venv/bin/ruff" check .
"$venv/bin/lint-imports" --no-logo --no-cache
# Beside the tests, as it takes one processor for most of a minute; what it says stands at the end.
said=$(mktemp)
"$venv/bin/mypy" >"$said" 2>&1 &
types=$!
# The app is started some fifty times: only the first one is to compile it.
unset PYTHONDONTWRITEBYTECODE
# Two at a time; a file's tests share the app and the browser, which are started once for each of the two.
status=0
"$venv/bin/python" -m pytest -n 2 --dist loadfile --no-loadscope-reorder "$@" || status=$?
wait "$types" || status=$?
cat "$said"
rm "$said"
exit "$status"
