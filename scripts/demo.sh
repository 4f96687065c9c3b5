#!/bin/sh
# npm run demo: plays demo.tape in this terminal, with a store and a registry of its own. Arguments: see scripts/demo.mjs.
. "$(dirname "$0")/setup.sh"
setup_all tests
exec node scripts/demo.mjs "$@"
