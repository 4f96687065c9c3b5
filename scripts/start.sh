#!/bin/sh
# npm start: set-up, then the screen; with arguments that command; without a terminal a short tour and exit 0.
. "$(dirname "$0")/setup.sh"
setup_all
if [ $# -gt 0 ]; then exec bin/boxtop "$@"; fi
if [ -t 0 ] && [ -t 1 ]; then exec bin/boxtop; fi
bin/boxtop info
echo
bin/boxtop ps
echo
echo "No terminal here. Open the screen with 'npm start' (or $PWD/bin/boxtop) in a terminal; commands: 'npm start -- run -it IMAGE sh'."
