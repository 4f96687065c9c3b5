#!/bin/sh
# npm run check: types, lint and format, unused exports.
. "$(dirname "$0")/setup.sh"
setup_all
tsc -p tsconfig.json
biome check --error-on-warnings .
knip
