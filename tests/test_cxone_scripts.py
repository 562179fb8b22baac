"""CXone's documented way: names and encoding by a table with its source, whom tokens go to, and what answers prove."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from builders import HandClock
from provider_contract import CXONE_SCRIPTS, ID_TOKEN, discovered

from dialer.domain.call import (
    Accepted,
    CallRequest,
    HeldBack,
    NotSeen,
    NotSent,
    Refused,
    RunMustStop,
    Seen,
    StillUnknown,
    Throttled,
    TokenEnded,
    Unclear,
    UnknownTry,
)
from dialer.providers.contract.asking import let_out
from dialer.providers.contract.dialect import NOW, PLENTY
from dialer.providers.contract.fault_server import http, serving
from dialer.providers.cxone_scripts import ADAPTER
from dialer.providers.cxone_scripts.calls import TIP_CREDENTIALS, TIP_SCRIPT
from dialer.providers.cxone_scripts.hosts import BY_ACCESS_KEY, BY_CLIENT, DISCOVERY, grant_of
from dialer.providers.port import reached_statuses

pytest_plugins = ("commands",)

CALLED, SCRIPT = "+12125550142", "Campaigns\\Spring call"
SERVICES = "/inContactAPI/services/v33.0"
TOKEN = ("auth/AuthenticationGlobalauthenticationService.ts", "getToken")
TOKEN_PATHS = re.compile(f"{BY_ACCESS_KEY}|{BY_CLIENT}")
BY_KEY = {"CXONE_CLIENT_ID": "", "CXONE_CLIENT_SECRET": ""}

NAMES = {
    # What the typed client calljacob/nice-cxone-api sends, which is generated from the vendor's own descriptions: the
    # file below src/services and the function, then method, path, and the names in query or form.
    TOKEN: (
        *("POST", "/auth/token"),
        {"grant_type", "username", "password"},
    ),
    ("auth/AuthenticationGlobalauthenticationService.ts", "getCXoneConfig"): (
        *("GET", "/.well-known/cxone-configuration"),
        {"tenantId"},
    ),
    ("admin/AdminGeneralService.ts", "postStartScript"): (
        *("POST", f"{SERVICES}/scripts/start"),
        {"skillId", "scriptId", "scriptPath", "Parameters", "startDate"},
    ),
    ("admin/AdminContactsService.ts", "getContactStateDescriptions"): (
        *("GET", f"{SERVICES}/contact-state-descriptions"),
        set(),
    ),
    ("reporting/ReportingReportingService.ts", "getContactsContactId"): (
        *("GET", f"{SERVICES}/contacts/7"),
        {"fields"},
    ),
    ("realtime/RealtimedataRealtimeService.ts", "activeContacts"): (
        *("GET", f"{SERVICES}/contacts/active"),
        {"toAddress", "fromAddress", "skillId", "contactId", "stateId", "updatedSince", "fields", "top", "skip"},
    ),
    ("reporting/ReportingReportingService.ts", "completedContactDetails"): (
        *("GET", f"{SERVICES}/contacts/completed"),
        {"startDate", "endDate", "toAddress", "fromAddress", "skillId", "updatedSince", "fields", "top", "skip"},
    ),
}


def a_call(script=SCRIPT, number=CALLED, **parameters):
    return CallRequest("", number, script, parameters, "t1")


def answer(status=200, /, **document):
    return http(status, json.dumps(document).encode())


STARTED = answer(202, contactId=7)


@asynccontextmanager
async def connected(url, *, clock=lambda: 0.0, ready=None, **env):
    given = {**ADAPTER.stand_in(url), **env}
    async with ADAPTER.connect(given, timeout=PLENTY, clock=clock, now=lambda: NOW) as provider:
        assert await provider.ready() == ready
        yield provider


@asynccontextmanager
async def asked(*steps, aside=discovered, **env):
    """Open the provider against a server that answers so, once each, but for what is answered aside."""
    async with serving(*steps, aside=aside) as server, connected(server.url, **env) as provider:
        yield provider, server
    assert len(server.requests) == len(steps)


async def placed(step, request=None):
    async with asked(step) as (provider, _):
        return await provider.place(request or a_call())


# What is sent


async def test_names_and_paths_are_those_of_the_typed_client():
    heads = []

    def heard(head):
        heads.append(head)
        return discovered(head)

    steps = [STARTED, answer(contactId={"stateId": 3}), answer(contactStateDescriptions=[]), http(204), http(204)]
    async with asked(*steps, aside=heard) as (provider, _):
        await provider.place(a_call(name="Ann"))
        await provider.look_up("7")
        await provider.resolve(unknown(), let_out)
    told = {(method, path): names for method, path, names in NAMES.values()}
    for head in heads:
        method, target, _ = head.splitlines()[0].split()
        sent = set(dict(parse_qsl(urlsplit(target).query)))
        assert sent <= told.pop((method, urlsplit(target).path))
    assert told == {}
    assert set(grant_of(ADAPTER.stand_in("http://127.0.0.1:1")).sent["data"]) == NAMES[TOKEN][2]


@pytest.mark.parametrize(
    ("request_", "query"),
    [
        (
            a_call("A\\B c", name="Zoë & Co", n=4, x=1.5, yes=True, none=""),
            "skillId=1&scriptPath=A%5CB%20c&Parameters=%2B12125550142%7CZo%C3%AB%20%26%20Co%7C4%7C1.5%7Ctrue%7C",
        ),
        (a_call(script="4711"), "skillId=1&scriptId=4711&Parameters=%2B12125550142"),
    ],
    ids=["path", "id"],
)
async def test_the_number_and_the_parameters_are_values_in_their_order(request_, query):
    async with asked(STARTED) as (provider, server):
        await provider.place(request_)
    ((head, body),) = server.requests
    assert (head.splitlines()[0], body) == (f"POST {SERVICES}/scripts/start?{query} HTTP/1.1", b"")
    assert {"Accept: application/json", "Authorization: Bearer token-1"} <= set(head.splitlines())


async def test_another_version_of_the_services_is_asked():
    async with asked(STARTED, CXONE_API_VERSION="v30.0") as (provider, server):
        await provider.place(a_call())
    assert "/services/v30.0/scripts/start?" in server.requests[0].head


SIGNS = "parameter name holds {, } or |, which a script would not take as they stand"
KIND = "parameter name is no text, number, true or false, and a script takes nothing else"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({f"n{number}": "x" for number in range(19)}, None),
        (
            {f"n{number}": "x" for number in range(20)},
            "20 parameters are more than the 19 that a script takes beside the number",
        ),
        ({"name": "x" * (32 * 1024 - len(CALLED) - 1)}, None),
        ({"name": "ö" * (16 * 1024 - 7)}, None),
        ({"name": "x" * (32 * 1024 - len(CALLED))}, "the values of a script take 32,769 bytes, more than 32,768"),
        ({"name": "ö" * (16 * 1024 - 6)}, "the values of a script take 32,769 bytes, more than 32,768"),
        *(({"name": f"a{sign}b"}, SIGNS) for sign in "{}|"),
        *(({"name": value}, KIND) for value in (None, [1], {"a": 1}, float("nan"), float("inf"))),
        ({"name": "\ud800"}, "parameter name is not UTF-8 text"),
    ],
)
async def test_what_a_script_would_not_take_as_it_stands_is_not_sent(parameters, said):
    request = a_call(**parameters)
    assert ADAPTER.misfit(request) == said
    if said:
        async with asked() as (provider, _):
            assert await provider.place(request) == Refused(f"never sent: {said}")


def test_a_row_that_a_script_would_not_take_is_invalid_at_check(dialer):
    contacts = dialer.write_list([["+12125550101", "Ann"], ["+12125550102", "{name}"]], headings=("phone", "name"))
    dialer.env |= SET
    told = dialer.here("check", contacts, "--provider", "cxone_scripts", "--json", code=1).json
    assert told["outcomes"] == {"ready": 1, "invalid": 1}
    assert [each["code"] for each in told["problems"]] == ["call-misfit"]


def test_a_parameter_that_a_row_leaves_out_keeps_its_place(dialer):
    due, name = 'due = { column = "due" }', 'name = { column = "name" }'
    rules = f'[parameters]\nhello = {{ value = "Hi" }}\n{due}\n{name}\nby = {{ value = 3 }}\n'
    campaign = dialer.write_campaign(f'name = "spring"\nflow_id = "S"\n{rules}')
    contacts = dialer.write_list([["+12125550101", "Ann", ""]], headings=("phone", "name", "due"))
    dialer.env |= SET
    told = dialer.here("preview", contacts, 2, "-c", campaign, "--provider", "cxone_scripts", "--json").json
    assert told["wire"] == "scriptPath=S&Parameters=%2B12125550101%7CHi%7C%7CAnn%7C3"


# Who grants a token, and to whom it goes


@pytest.mark.parametrize(
    ("env", "url", "sent"),
    [
        (
            {**BY_KEY, "CXONE_AREA": "na1"},
            "https://na1.nice-incontact.com/authentication/v1/token/access-key",
            {"json": {"accessKeyId": "key", "accessKeySecret": "s3"}},
        ),
        (
            {"CXONE_CLIENT_ID": "app", "CXONE_CLIENT_SECRET": "s4"},
            "https://cxone.niceincontact.com/auth/token",
            {
                "data": {"grant_type": "password", "username": "key", "password": "s3"},
                "headers": {"Authorization": f"Basic {b64encode(b'app:s4').decode()}"},
            },
        ),
    ],
    ids=["access key", "application"],
)
def test_a_token_is_asked_for_by_the_access_key_alone_or_as_an_application(env, url, sent):
    grant = grant_of({"CXONE_ACCESS_KEY_ID": "key", "CXONE_ACCESS_KEY_SECRET": "s3", **env})
    assert (grant.url, grant.sent) == (url, sent)
    assert not any(secret in repr(grant) for secret in grant.secrets)


def granting(api, *, id_token=ID_TOKEN, status=200):
    """Grant tokens of either way, and name this API."""

    def aside(head):
        if TOKEN_PATHS.search(head.splitlines()[0]):
            return answer(access_token="token-1", expires_in=3600, id_token=id_token)
        return answer(status, api_endpoint=api) if DISCOVERY in head.splitlines()[0] else None

    return aside


TIP = "check CXONE_AREA and CXONE_SCRIPTS_BASE_URL, and what stands between"


@pytest.mark.parametrize(
    ("api", "host"),
    [
        ("https://evil.example", "evil.example"),
        ("https://niceincontact.com.evil.example", "niceincontact.com.evil.example"),
        ("https://evilniceincontact.com", "evilniceincontact.com"),
        ("http://api-na1.niceincontact.com", "api-na1.niceincontact.com"),
        ("https://me@api-na1.niceincontact.com", "api-na1.niceincontact.com"),
        ("https://evil.example#.niceincontact.com", "evil.example"),
        ("https://evil.example\\.niceincontact.com", "evil.example\\.niceincontact.com"),
        ("http://127.0.0.1:1", "127.0.0.1"),
        ("api-na1.niceincontact.com", "no address"),
        ("https://[", "no address"),
        ("", "no address"),
    ],
)
async def test_an_api_at_a_host_that_is_not_the_vendors_is_sent_no_token(api, host):
    said = f"discovery names an API at {host}, which is no host of the vendor's: it is sent no token"
    async with (
        serving(aside=granting(api)) as server,
        connected(server.url, ready=RunMustStop(said, TIP)) as provider,
    ):
        assert isinstance(await provider.place(a_call()), HeldBack)
    assert server.requests == []


@pytest.mark.parametrize(
    "api",
    ["https://api-na1.niceincontact.com", "https://api-e32.niceincontact.com/", "https://na1.nice-incontact.com"],
)
async def test_an_api_at_a_host_of_the_vendors_is_believed(api):
    async with serving(aside=granting(api)) as server, connected(server.url) as provider:
        assert await provider.ready() is None


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (503, NotSent('the tenant\'s API was not found: HTTP 503: {"api_endpoint": "x"}')),
        (404, RunMustStop('the tenant\'s API was not found: HTTP 404: {"api_endpoint": "x"}', TIP)),
        (302, RunMustStop('the tenant\'s API was not found: HTTP 302: {"api_endpoint": "x"}', TIP)),
    ],
)
async def test_a_discovery_that_tells_nothing_leaves_the_calls_where_they_are(status, found):
    async with serving(aside=granting("x", status=status)) as server, connected(server.url, ready=found):
        pass


@pytest.mark.parametrize("id_token", [None, "", "a.b", "a.e30.c", "a.!.c", 7])
async def test_a_token_that_names_no_tenant_is_for_the_address_that_is_set(id_token):
    async with (
        serving(STARTED, aside=granting("https://evil.example", id_token=id_token)) as server,
        connected(server.url) as provider,
    ):
        assert await provider.place(a_call()) == Accepted("7")


async def test_an_access_key_alone_finds_the_api_too():
    async with serving(STARTED, aside=discovered_by_key) as server, connected(server.url, **BY_KEY) as provider:
        assert await provider.place(a_call()) == Accepted("7")


def discovered_by_key(head):
    return discovered(head.replace(BY_ACCESS_KEY, BY_CLIENT))


async def test_a_token_that_ends_in_mid_run_is_replaced_and_the_api_is_found_once():
    heads, clock = [], HandClock()

    def heard(head):
        heads.append(head.splitlines()[0].split()[1].partition("?")[0])
        return discovered(head)

    async with (
        serving(STARTED, http(401), STARTED, STARTED, http(401), http(401), aside=heard) as server,
        connected(server.url, clock=clock.ticks) as provider,
    ):
        found = []
        for seconds in (0, 0, 0, 3_600, 0, 0):
            clock.forward(seconds)
            assert await provider.ready() is None
            found.append(await provider.place(a_call()))
    ended, refused = TokenEnded("HTTP 401"), RunMustStop("HTTP 401", TIP_CREDENTIALS)
    assert found == [Accepted("7"), ended, Accepted("7"), Accepted("7"), ended, refused]
    assert (heads.count("/auth/token"), heads.count(DISCOVERY)) == (4, 1)


# What an answer proves


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(("contact", "call_id"), [(7, "7"), ("7", "7"), (2**53, str(2**53))])
async def test_any_success_with_a_contact_is_a_script_started(status, contact, call_id):
    assert await placed(answer(status, contactId=contact)) == Accepted(call_id)


@pytest.mark.parametrize("contact", [None, True, "", {}, 1.5, 0, "0", "00", -1, "-1"])
async def test_a_success_without_a_contact_leaves_it_open(contact):
    assert await placed(answer(200, contactId=contact)) == Unclear("HTTP 200 without a contact id")


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "Parameters are too long", Refused),
        (400, "Invalid script path", RunMustStop),
        (400, "skillId 5 does not exist", RunMustStop),
        (403, "Forbidden", RunMustStop),
        (404, "Not found", RunMustStop),
        (405, "Method", RunMustStop),
        (408, "Timeout", Unclear),
        (409, "Conflict", Unclear),
        (414, "URI too long", Refused),
        (422, "Unprocessable", Refused),
        (429, "Slow down", Throttled),
        (500, "Fault", Unclear),
        (503, "Down", Unclear),
    ],
)
async def test_a_status_decides_what_is_proved(status, words, kind):
    found = await placed(answer(status, error="E", errorDescription=words))
    assert (type(found), found.reason) == (kind, f"HTTP {status}: E: {words}")
    assert not getattr(found, "of_number", False), "CXone knows no number, only a value"


async def test_a_script_that_is_not_there_says_what_to_check():
    assert (await placed(http(404))).tip == TIP_SCRIPT


# Where a contact stands


@pytest.mark.parametrize(
    ("contact", "seen"),
    [
        ({"stateName": "In Queue", "isActive": True}, Seen("in queue")),
        ({"stateName": "In Queue", "isActive": "True", "endReason": ""}, Seen("in queue")),
        (
            {"stateName": "Active", "isActive": False, "endReason": "Contact Hung Up"},
            Seen("contact hung up", final=True),
        ),
        ({"endReason": "Agent Hung Up"}, Seen("agent hung up", final=True)),
        ({"stateName": "EndContact", "totalDurationSeconds": 0}, Seen("endcontact", final=True)),
        ({"isActive": "False"}, Seen("completed", final=True)),
        ({"isActive": True}, NotSeen("HTTP 200 without a state")),
    ],
)
@pytest.mark.parametrize("nested", [True, False])
async def test_a_contact_is_over_where_it_says_so_and_its_reason_is_the_last_word(contact, seen, nested):
    told = {"contactId": {"contactId": 7, **contact}} if nested else {"contactId": 7, **contact}
    async with asked(answer(**told)) as (provider, _):
        assert await provider.look_up("7") == seen


STATES = answer(contactStateDescriptions=[{"ContactStateId": 3, "ContactStateDescription": "Ringing"}])


async def test_the_tenants_words_for_its_states_are_asked_for_once():
    steps = [
        answer(contactId={"stateId": 3}),
        STATES,
        answer(contactId={"stateId": 4}),
        answer(contactId={"stateId": 3}),
    ]
    async with asked(*steps) as (provider, _):
        found = [await provider.look_up("7") for _ in range(3)]
    assert found == [Seen("ringing"), Seen("state 4"), Seen("ringing")]


@pytest.mark.parametrize("step", [http(403), http(500), http(200, b"[]")])
async def test_a_state_whose_word_is_not_told_has_its_number(step):
    async with asked(answer(contactId={"stateId": 3}), step) as (provider, _):
        assert await provider.look_up("7") == Seen("state 3")


@pytest.mark.parametrize("answered", [0, 1])
async def test_each_request_of_a_look_up_is_let_out_by_itself(answered):
    let = iter([*[True] * answered, False])

    async def leave():
        return next(let)

    async with asked(*[answer(contactId={"stateId": 3})][:answered]) as (provider, _):
        assert isinstance(await provider.look_up("7", leave), HeldBack)


async def test_a_contact_that_is_not_told_of_yet_is_not_gone():
    clock = HandClock()
    async with (
        serving(STARTED, http(404), http(404), aside=discovered) as server,
        connected(server.url, clock=clock.ticks) as provider,
    ):
        await provider.place(a_call())
        clock.forward(899)
        first = await provider.look_up("7")
        clock.forward(1)
        assert first == NotSeen("HTTP 404: CXone may not tell of it yet")
        assert await provider.look_up("7") == NotSeen("HTTP 404", gone=True)


# What came of a try whose answer nobody knows


CLAIMED = NOW - timedelta(minutes=30)
ENDED = CLAIMED + timedelta(seconds=30)


def unknown(*, ended=ENDED, others=()):
    return UnknownTry(a_call(), CLAIMED, ended, frozenset(others))


def a_contact(seconds=1, **more):
    began = (CLAIMED + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    return {"contactId": 7, "contactStartDate": began, "skillId": 1, "toAddress": CALLED, "isOutbound": True, **more}


async def resolved(*, active=(), completed=(), **asking):
    steps = [
        answer(totalRecords=len(active), activeContacts=active) if active else http(204),
        answer(totalRecords=len(completed), completedContacts=completed) if completed else http(204),
    ]
    async with asked(*steps) as (provider, server):
        found = await provider.resolve(unknown(**asking), let_out)
    return found, server


async def test_contacts_are_looked_for_by_number_skill_and_time():
    _, server = await resolved()
    active, completed = (urlsplit(asked_.head.split()[1]) for asked_ in server.requests)
    of = {"toAddress": [CALLED], "skillId": ["1"]}
    within = {"startDate": ["2026-03-02T14:29:00Z"], "endDate": ["2026-03-02T15:01:00Z"]}
    assert (active.path, parse_qs(active.query)) == (f"{SERVICES}/contacts/active", of)
    assert (completed.path, parse_qs(completed.query)) == (f"{SERVICES}/contacts/completed", {**within, **of})


@pytest.mark.parametrize(
    "contact",
    [
        a_contact(),
        a_contact(-59),
        a_contact(89),
        a_contact(toAddress="12125550142"),
        a_contact(toAddress="(212) 555-0142"),
        a_contact(contactId=8, masterContactId=7),
    ],
)
@pytest.mark.parametrize("where", ["active", "completed"])
async def test_the_one_contact_that_shows_number_skill_and_time_is_the_trys(contact, where):
    found, _ = await resolved(**{where: [contact]})
    assert found == Accepted("7")


async def test_a_contact_that_ends_meanwhile_is_one():
    found, _ = await resolved(active=[a_contact()], completed=[a_contact()])
    assert found == Accepted("7")


@pytest.mark.parametrize(
    ("contacts", "said"),
    [
        ([], "0 contacts of this number and skill, 0 of them of this try"),
        *(
            ([contact], "1 contact of this number and skill, 0 of them of this try")
            for contact in (
                a_contact(-61),
                a_contact(91),
                a_contact(contactStartDate="yesterday"),
                a_contact(skillId=2),
                a_contact(toAddress="+12125550143"),
                a_contact(toAddress=""),
                a_contact(isOutbound=False),
                a_contact(contactId=None),
                a_contact(contactId=9),
                a_contact(contactId=8, masterContactId=9),
            )
        ),
        ([a_contact(), a_contact(contactId=8)], "2 contacts of this number and skill, 2 of them of this try"),
    ],
)
async def test_what_is_not_found_or_found_twice_proves_nothing(contacts, said):
    found, _ = await resolved(completed=contacts, others=["9"])
    assert found == StillUnknown(f"CXone tells of {said}", 900.0)


async def test_a_try_whose_end_nobody_wrote_down_has_begun_within_a_quarter_of_an_hour():
    late = a_contact(16 * 60 + 1)
    assert (await resolved(completed=[a_contact(16 * 60)], ended=None))[0] == Accepted("7")
    assert isinstance((await resolved(completed=[late], ended=None))[0], StillUnknown)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (http(503), NotSent("HTTP 503", left=True)),
        (http(429, Retry_After="7"), Throttled("HTTP 429", 7.0)),
        (http(401), TokenEnded("HTTP 401")),
    ],
)
async def test_a_question_without_an_answer_may_be_asked_again(step, found):
    async with asked(step) as (provider, _):
        assert await provider.resolve(unknown(), let_out) == found


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (http(400, b"no such filter"), "HTTP 400: no such filter"),
        (answer(activeContacts="none"), 'HTTP 200: {"activeContacts": "none"}'),
        (answer(totalRecords=3, activeContacts=[]), "0 of 3 contacts"),
    ],
)
async def test_a_list_that_cannot_be_read_whole_proves_nothing(step, said):
    async with asked(step, answer(completedContacts=[a_contact()])) as (provider, _):
        assert await provider.resolve(unknown(), let_out) == StillUnknown(f"CXone tells of {said}", 900.0)


# Settings


SET = {
    "CXONE_ACCESS_KEY_ID": "key",
    "CXONE_ACCESS_KEY_SECRET": "s3",
    "CXONE_SKILL_ID": "5",
    "CXONE_AREA": "na1",
}
NO_CALLER = (
    "a script takes no caller number, its skill has one: leave +12025550100 out, "
    "or send it as a parameter that the script reads"
)
TOGETHER = "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET are set together, or neither"


@pytest.mark.parametrize(
    ("env", "flow", "caller", "said"),
    [
        ({}, SCRIPT, "", []),
        ({"CXONE_AREA": "", "CXONE_CLIENT_ID": "app", "CXONE_CLIENT_SECRET": "s4"}, "4711", "", []),
        (
            {"CXONE_AREA": ""},
            SCRIPT,
            "",
            ["CXONE_AREA is not set (such as na1): an access key without CXONE_CLIENT_ID is asked about there"],
        ),
        ({"CXONE_AREA": "na1.evil"}, SCRIPT, "", ["CXONE_AREA must be an area such as na1"]),
        ({"CXONE_SKILL_ID": "5&x"}, SCRIPT, "", ["CXONE_SKILL_ID must be a skill's number"]),
        ({"CXONE_API_VERSION": "33"}, SCRIPT, "", ["CXONE_API_VERSION must be a version such as v33.0"]),
        ({"CXONE_CLIENT_ID": "app"}, SCRIPT, "", [TOGETHER]),
        ({"CXONE_CLIENT_SECRET": "s4"}, SCRIPT, "", [TOGETHER]),
        ({}, "a\nb", "", ["the script must be the path that Studio shows, or a number"]),
        (
            {},
            SCRIPT,
            "+12025550100",
            [NO_CALLER],
        ),
    ],
)
def test_what_cannot_be_used_is_named(env, flow, caller, said):
    assert ADAPTER.complaints(SET | env, flow_id=flow, caller_number=caller) == said


def test_the_words_for_the_last_are_the_tenants_own():
    assert (ADAPTER.final_statuses, reached_statuses("cxone_scripts")) == (frozenset(), None)
    assert CXONE_SCRIPTS.last_word
