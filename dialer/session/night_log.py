"""Which log a command of a campaign writes to, where the campaign says: one a night."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer.campaign_file import read_campaign
from dialer.errors import SetupError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from dialer.session.choices import Choices


def night_log(choices: Choices, *, given: Path | None, now: datetime) -> Path | None:
    """Tell which log is to be kept, and make its folder: the one given, else the campaign's; None for the usual one.

    The sandbox has its usual one, and so does a campaign that cannot be read, of which others complain.
    """
    if given or choices.campaign is None or choices.sandbox:
        return given
    with suppress(SetupError):
        campaign = read_campaign(choices.campaign)
        if campaign.log:
            zone = ZoneInfo(campaign.hours.timezone) if campaign.hours.timezone else None
            filled = campaign.log.replace("{campaign}", campaign.name)
            path = choices.campaign.parent / filled.replace("{date}", f"{now.astimezone(zone):%Y-%m-%d}")
            with suppress(OSError):  # whoever opens the log says what is wrong
                path.parent.mkdir(parents=True, exist_ok=True)
            return path
    return None
