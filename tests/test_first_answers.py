"""First answers that condemn a run, of each provider: what all first rows meet alike is not about the rows."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from trials.common import a_home
from truth import Rule, numbers
from voices import VOICES

pytest_plugins = ("commands",)

ROWS = 40
TRIAL = "The number +1201... is unverified. Trial accounts may only make calls to verified numbers."


def of_aws(name, message="not now"):
    return {"__type": f"{name}Exception", "Message": message}


ANSWERS = (
    ("twilio", 403, {"code": 21219, "message": TRIAL, "status": 403}),
    ("twilio", 400, {"code": 21219, "message": TRIAL, "status": 400}),
    ("twilio", 403, {"code": 21215, "message": "Account not authorized to call", "status": 403}),
    ("twilio", 400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}),
    ("twilio", 400, {"code": 29999, "message": "a code that nobody knows", "status": 400}),
    ("twilio_studio", 400, {"code": 84004, "message": "To and From are not valid", "status": 400}),
    ("twilio_studio", 400, {"code": 81023, "message": "too long", "status": 400}),
    ("connect", 400, of_aws("InvalidParameter")),
    ("connect", 400, of_aws("InvalidRequest", "ContactFlow is not published")),
    ("connect", 400, of_aws("InvalidParameter", "DestinationPhoneNumber is invalid")),
    ("connect", 403, of_aws("OutboundContactNotPermitted")),
    ("connect", 403, of_aws("DestinationNotAllowed")),
    ("connect", 404, of_aws("ResourceNotFound")),
    ("connect", 400, {"message": "an error without a name"}),
    ("cxone", 400, {"error": "BadRequest"}),
    ("cxone", 404, {"error": "Not Found"}),
    ("cxone", 422, "an answer that is no JSON"),
    ("cxone_scripts", 400, {"error": "BadRequest", "errorDescription": "no"}),
    ("cxone_scripts", 404, {"error": "Not Found"}),
    ("asterisk", 400, {"message": "Application or extension must be specified"}),
    ("asterisk", 404, {"message": "Requested label can not be found"}),
    ("asterisk", 422, {"message": "no"}),
)


@pytest.mark.parametrize(("name", "status", "body"), ANSWERS)
def test_what_all_first_rows_meet_alike_stops_the_run_and_leaves_them_pending(name, status, body):
    voice = VOICES[name]
    if voice.provider == "connect" and find_spec("botocore") is None:
        pytest.skip("it is an extra")
    with a_home(Rule(status=status, body=body), voice=voice) as (dialer, truth):
        contacts = dialer.write_list([number] for number in numbers(ROWS))
        said = dialer.here("run", contacts, "--rate", 1000, "--in-flight", 1, "--json", code=3).json

        assert (said["outcomes"], truth.rang) == ({"pending": ROWS}, [])
        assert len(truth.calls) <= 25
        truth.tell()
        assert dialer.here("resume", "--rate", 1000, "--json").json["outcomes"] == {"placed": ROWS}
        assert len(truth.rang) == ROWS


@pytest.mark.parametrize("name", ["twilio", "cxone"])
def test_a_refusal_that_only_some_first_rows_meet_is_of_those_rows(name):
    voice = VOICES[name]
    body = {"code": 21219, "message": TRIAL, "status": 400} if name == "twilio" else {"error": "BadRequest"}
    refused = numbers(ROWS)[:4]
    rules = [Rule(status=400, body=body, number=number) for number in refused]
    with a_home(*rules, voice=voice) as (dialer, _):
        contacts = dialer.write_list([number] for number in numbers(ROWS))
        said = dialer.here("run", contacts, "--rate", 1000, "--in-flight", 1, "--json", code=1).json

    assert said["outcomes"] == {"rejected": 4, "placed": ROWS - 4}
