"""Coupons, promotions, prices and campaigns on one exact price engine: a pure library."""
