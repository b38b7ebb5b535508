#!/bin/sh
# A morning of prices: coupons, a price plan signed and exported, a campaign sheet checked.
# Run it from this folder, or from cron. Rows for a person wait in `shopkit review list`.
cd "$(dirname "$0")" || exit 1
shopkit=${SHOPKIT:-shopkit}
out=${OUT:-out}

# Each prints its table; exit 4 means that some rows failed, which results.csv explains.
$shopkit promo quote basket.csv --offers offers.csv --catalog skus.csv -q
$shopkit coupon check --catalog skus.csv --offers offers.csv --fee 5% --margin 20% -o "$out/check" -q
$shopkit coupon create coupons.csv --profile tmall -o "$out/coupons" -q
[ $? -le 4 ] || exit 1
$shopkit price plan --catalog skus.csv --rules rules.csv --offers offers.csv -o "$out/plan" -q
$shopkit price approve "$out/plan" --by "${USER:-nobody}" -q
$shopkit price export "$out/plan" --profile tmall -o "$out/prices" -q
$shopkit campaign check campaign.csv --rate 12% -o "$out/campaign" -q
