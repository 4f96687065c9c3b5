#!/bin/sh
# npm run bench: the figures of bench/RESULTS.md, side by side with docker and podman when they are on the machine.
. "$(dirname "$0")/setup.sh"
setup_all tests
exec node bench/main.ts "$@"
