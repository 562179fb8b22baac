"""Commands for whoever makes a contact list."""

from __future__ import annotations

from dialer.cli.options import AsJson, CampaignFile, Contacts, Limit, Output, Rate, Region
from dialer.cli.program import app
from dialer.cli.talk import country, ending, environment, tell
from dialer.wiring import checking
from dialer.wiring.plan import Choices


@app.command()
def check(
    contacts: Contacts = None,
    *,
    campaign: CampaignFile = None,
    output: Output = None,
    region: Region = None,
    rate: Rate = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Read and screen a list as a run would. Offline; nothing is dialled.

    Example: dialer check contacts.csv -c campaigns/spring.toml -o checked.csv
    """
    choices = Choices(campaign=campaign, region=country(region), rate=rate)
    with ending(as_json=as_json):
        tell(
            checking.check(choices, environment(), contacts=contacts, output=output, limit=limit),
            as_json=as_json,
        )
