#!/bin/sh
# npm test: set-up, then every test; arguments go to vitest. Closes with 'N passed, N failed'.
. "$(dirname "$0")/setup.sh"
setup_all tests
exec vitest run "$@"
