#!/usr/bin/env bash
# Sets up everything the tests need and runs them: `bash tests/run.sh [pytest arguments]`.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
venv=${VENV:-.venv}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# By uv, as pip takes a minute longer; by pip where only that knows the way to the packages (a pip.conf).
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c tests/constraints.txt)
wanted=(-r requirements.txt -r tests/requirements.txt)
"${pip[@]}" uv
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" -c tests/constraints.txt "${wanted[@]}" ||
  "${pip[@]}" "${wanted[@]}"

# The proxies, curl, the store of several replicas, and a Chromium: the one on the PATH, Debian's package without a
# window where apt can install it, else Playwright's own.
PATH=$PATH:/usr/sbin
has() { command -v "$@" >/dev/null; }
has_chromium() { has chromium-headless-shell || has chromium || has chromium-browser || has google-chrome; }
missing=()
has_chromium || missing+=(chromium-headless-shell fonts-noto-cjk)
has haproxy || missing+=(haproxy)
has nginx || missing+=(nginx-light)
has curl || missing+=(curl)
has redis-server || missing+=(redis-server)
if [ ${#missing[@]} -gt 0 ]; then
  echo "Missing on this machine: ${missing[*]}"
  if has apt-get; then
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    $as_root apt-get update -qq || true
    # One of them that this system doesn't know is to keep none of the others away.
    for package in "${missing[@]}"; do
      echo "Installing it: $as_root apt-get install $package"
      $as_root apt-get install -y -qq "$package" >/dev/null ||
        echo "That failed; the tests that need it will say so."
    done
  fi
fi
has_chromium || "$venv/bin/python" -m playwright install --only-shell chromium

"$venv/bin/ruff" format --check .
"$venv/bin/ruff" check .
"$venv/bin/oxlint" --quiet components/static
"$venv/bin/lint-imports" --no-logo --no-cache
# Beside the tests, as it takes one processor for most of a minute; what it says stands at the end.
types_said=$(mktemp)
"$venv/bin/mypy" >"$types_said" 2>&1 &
types=$!
# The app is started some fifty times: only the first one is to compile it.
unset PYTHONDONTWRITEBYTECODE
# Three at a time, as each waits now and then; a file's tests share the app and the browser, which are started
# once for each of the three.
status=0
"$venv/bin/python" -m pytest -n 3 --dist loadfile --no-loadscope-reorder "$@" || status=$?
wait "$types" || status=$?
cat "$types_said"
rm "$types_said"
exit "$status"
