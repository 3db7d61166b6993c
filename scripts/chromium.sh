#!/bin/sh
# Sees to a Chromium for the tests that drive a browser. CI installs one and needs it; elsewhere those tests are skipped.
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        echo "Chromium: $(command -v "$name")"
        exit 0
    fi
done

if [ "${CI:-}" != true ]; then
    echo "Chromium: none found, so the tests that drive a browser are skipped. To run them: apt-get install chromium"
    exit 0
fi

echo "Chromium: installing it"
log=$(mktemp)
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-noto-cjk; } \
    </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Chromium: apt-get could not install it, and CI tests in a browser" >&2
    exit 1
fi
