#!/usr/bin/env bash
# What newer releases would break: installs the newest of everything, whatever the requirements allow, into an
# environment that is thrown away, and runs the fast part there: `bash tests/newest.sh [pytest arguments]`.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
uv venv --quiet --clear "$venv"
sed -E 's/[~=<>!#].*//' requirements.txt tests/requirements.txt | uv pip install --quiet --python "$venv" --requirements -
echo "Other than in tests/constraints.txt:"
uv pip freeze --quiet --python "$venv" | grep -vxFf <(sed 's/ *;.*//' tests/constraints.txt) || echo "nothing"
[ $# -gt 0 ] || set -- -n 2 --dist loadfile -m "not browser and not slow"
"$venv/bin/python" -m pytest "$@"
