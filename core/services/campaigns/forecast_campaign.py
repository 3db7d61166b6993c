"""Say what a campaign would do, and keep it to be held against what it did."""

from __future__ import annotations

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.forecasts import Forecast, Pace, forecast
from core.services.campaigns.campaigning import CampaignRef, locked
from core.services.once import Caller, once
from core.shop import Shop


def forecast_campaign(shop: Shop, caller: Caller, wish: CampaignRef, pace: Pace | None = None) -> Forecast:
    """pace: as the shop's settings say. The last one before launch is kept.

    Refused: unknown-campaign, campaign-in-another-state (it was launched or called off), segment-unknown, key-reused.
    """
    with shop.read() as session:  # a look at every member is not to keep others from writing
        told = forecast(shop, session, wish.campaign, pace or Pace())

    def work(session: Session) -> Forecast:
        locked(session, wish.campaign, ["draft", "awaiting_approval", "approved"])
        queries.change(session, wish.campaign, {"forecast": told.model_dump(mode="json")})
        return told

    return once(shop, caller, wish, Forecast, work)
