#!/bin/sh
# npm run build, and before npm pack: set-up and dist/ for publishing, with the engine's type declarations.
. "$(dirname "$0")/setup.sh"
setup_all
node scripts/build.mjs
tsc -p tsconfig.types.json
