#!/bin/sh
# The night's pictures, without a terminal and without an environment. In the crontab:
#
#     15 2 * * *  /home/me/shop/cron.sh
#
# Nothing is done twice: a run that was cut short goes on where it stopped. cron mails what is
# printed, so a good night prints nothing.
set -u

here=$(CDPATH='' cd "$(dirname "$0")" && pwd) || exit 1
shopkit=${SHOPKIT:-$here/../.venv/bin/shopkit}
cd "$here" || exit 1
mkdir -p out || exit 1

"$shopkit" image swap --batch jobs.csv -o out --quiet >out/last-night.csv 2>out/last-night.log
code=$?

case $code in
0) ;;
75) code=0 ;; # last night's run is still at work
*)
    echo "image swap ended with $code; the rows and their reasons are in $here/out/results.csv"
    cat out/last-night.log
    ;;
esac
exit $code
