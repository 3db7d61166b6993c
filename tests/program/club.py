"""A small program to make mistakes in."""

SOURCE = """schema = 1

[program]
id = "club"
name = { en = "Club", zh-Hans = "会员" }
currency = "USD"
timezone = "America/New_York"
languages = ["en", "zh-Hans"]

[[categories]]
id = "produce"
name = { en = "Produce", zh-Hans = "果蔬" }

[[categories]]
id = "fuel"
name = { en = "Fuel", zh-Hans = "加油" }

[[tiers]]
id = "regular"
name = { en = "Regular", zh-Hans = "普通" }
colour = "#5B6B73"

[[tiers]]
id = "silver"
name = { en = "Silver", zh-Hans = "银卡" }
colour = "#8A949E"
spend = 50000
points = 800
[tiers.benefits]
en = ["More points"]
zh-Hans = ["更多积分"]

[[tiers]]
id = "gold"
name = { en = "Gold", zh-Hans = "金卡" }
colour = "#B8892B"
spend = 150000

[earning]
expires_months = 12

[[earning.rules]]
id = "base"
name = { en = "Shopping", zh-Hans = "消费" }
points = 1
per = 100
except_categories = ["fuel"]
tier_rates = { silver = 1.1, gold = "5/4" }
category_rates = { produce = 1.5 }

[[earning.rules]]
id = "first"
name = { en = "First", zh-Hans = "首次" }
entry = "bonus"
fixed = 200
when = { first_purchase = true, min_spend = 1000 }

[check_in]
points = 2
streaks = [
    { days = 7, points = 10 },
    { days = 30, points = 60 },
]

[[coupons]]
id = "five"
name = { en = "Five off", zh-Hans = "减五" }
discount = { kind = "amount", amount = 500 }
min_spend = 3000
categories = ["produce"]
validity = { days = 30 }
stacking = "alone"

[[coupons]]
id = "season"
name = { en = "Season", zh-Hans = "季节" }
discount = { kind = "percent", percent = 2000, cap = 600 }
validity = { since = 2026-12-20T00:00:00-05:00, until = 2027-01-06T00:00:00-05:00 }

[[rewards]]
id = "tote"
name = { en = "Bag", zh-Hans = "袋" }
prices = [{ points = 600 }, { points = 200, money = 400 }]
tier_prices = { gold = [{ points = 500 }] }

[[offers]]
id = "fresh"
name = { en = "Fresh", zh-Hans = "新鲜" }
text = { en = "Five off.", zh-Hans = "减五。" }
coupon = "five"
tiers = ["silver", "gold"]

[birthday]
coupon = "five"
"""
