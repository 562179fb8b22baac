"""What is read out of foreign answers, addresses and headers; and that no secret comes through."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from socket import gaierror
from time import process_time
from types import SimpleNamespace
from urllib.parse import quote_plus, urlsplit

import aiohttp
import pytest
from aiohttp import (
    ClientConnectorDNSError,
    ClientHttpProxyError,
    ClientOSError,
    ClientResponseError,
    ServerDisconnectedError,
)
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from dialer.domain.redaction import basic_credentials
from dialer.providers.http import (
    as_json,
    base_url_complaint,
    is_loopback,
    plain,
    retry_after,
    trouble,
    words,
)

NOW = datetime(1994, 11, 6, 8, 49, 0, tzinfo=UTC)
SECRET = 'p/ä"ss w<o>rd&1'
LOOKS = "U must look like https://host"
HOLDS = "U must hold no user, password, query or fragment"
KEY = SimpleNamespace(host="h", port=443, ssl=True)
NOWHERE = "Cannot connect to host h:443 [Name not known]"
CLEAR = "U: plain http would send secrets in the clear; use https (http is for loopback only)"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "Bad Request"}', "HTTP 400: Bad Request"),
        (b'{"error": "Bad Request", "message": "flowId is missing"}', "HTTP 400: Bad Request: flowId is missing"),
        (b'{"error": {"code": 17, "message": "No"}}', "HTTP 400: No: 17"),
        (b'{"error": "invalid_client", "error_description": "Who?"}', "HTTP 400: invalid_client: Who?"),
        (b'{"errors": ["one", {"detail": "two"}]}', "HTTP 400: one; two"),
        (b'{"error": "same", "message": "same"}', "HTTP 400: same"),
        (b'{"error": null, "message": ""}', 'HTTP 400: {"error": null, "message": ""}'),
        (b'{"reason": "odd"}', 'HTTP 400: {"reason": "odd"}'),
        (b'"just text"', "HTTP 400: just text"),
        (b"null", "HTTP 400: null"),
        (b"[]", "HTTP 400"),
        (b"", "HTTP 400"),
        (None, "HTTP 400"),
        (b"  two\n lines\t", "HTTP 400: two lines"),
        (b"\xff\xfe", "HTTP 400: \ufffd\ufffd"),
        (
            b"<html><HEAD><title>t</title></HEAD><style>x{}</style><body><h1>502&nbsp;Bad Gateway</h1></body></html>",
            "HTTP 400: 502 Bad Gateway",
        ),
        (b"<head><p>never closed", "HTTP 400: never closed"),
        (b'{"error": "' + b"x" * 1000 + b'"}', "HTTP 400: " + "x" * 299 + "…"),
    ],
)
def test_an_answer_is_put_into_one_line(body, said):
    assert words(400, body) == said


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode(),
        json.dumps({"error": f"got {SECRET}"}).encode(),
        json.dumps({"odd": f"got {SECRET}"}).encode(),
        json.dumps({"odd": "x" * 280 + SECRET}).encode(),
        f"grant_type=client_credentials&client_secret={quote_plus(SECRET)}".encode(),
        json.dumps({"odd": f"got {SECRET}"}, ensure_ascii=False).encode()[:-2],
        f"<p>{escape(SECRET)}</p>".encode(),
        f"<p>{escape(SECRET, quote=False)}</p>".encode(),
        escape(SECRET).encode(),
        b"<head>" + b"x" * 19_985 + b"</head>" + SECRET.encode(),
        b" " * 19_995 + SECRET.encode(),
    ],
)
def test_an_echoed_secret_is_blotted_out(body):
    said = words(500, body, secrets=["abc", SECRET])
    pieces = (SECRET[:4], SECRET[-4:], quote_plus(SECRET)[:8], json.dumps(SECRET)[1:10])
    assert [piece for piece in pieces if piece in said] == []


@pytest.mark.parametrize(
    ("secret", "text", "said"),
    [
        ("any", "Too Many Requests", "Too Many Requests"),
        ("any", "any of many: ANY, any-thing (any)", "[secret] of many: [secret], [secret]-thing ([secret])"),
        ("secret", "the secretary's secrets", "the secretary's secrets"),
        ("1234", "12345 or 1234", "12345 or [secret]"),
        ("ab1", "tab1 ab1 ab12 ab1_", "tab1 [secret] ab12 ab1_"),
        ("-any-", "m-any-body", "m[secret]body"),
        ("s3cret-of-the-client", "keys3cret-of-the-client0", "key[secret]0"),
        ("S3cret-Of-The-Client", "s3CRET-OF-THE-CLIENT", "[secret]"),
        ("s3cret/of+it", "s3cret%2Fof%2Bit s3cret%2fof%2bit", "[secret] [secret]"),
        ("it's (so) secret!", "it's%20(so)%20secret!", "[secret]"),
        ("s3cret of it", "czNjcmV0IG9mIGl0", "[secret]"),
    ],
)
def test_a_secret_is_blotted_out_where_it_stands_as_one(secret, text, said):
    assert plain(text, secrets=[secret]) == said


@pytest.mark.parametrize(("name", "secret"), [("me", "any"), ("me:too", "s3cret~??of it"), ("é", "ü" * 12)])
def test_the_credentials_of_basic_authorization_are_blotted_out(name, secret):
    spelt = [
        encode(pair.encode()).decode()
        for encode in (b64encode, urlsafe_b64encode)
        for pair in (f"{name}:{secret}", f"{quote_plus(name)}:{quote_plus(secret)}")
    ]

    for credentials in (*spelt, *(one.rstrip("=") for one in spelt)):
        said = plain(f"Authorization: Basic {credentials} was refused", secrets=basic_credentials(name, secret))
        assert said.replace("=", "") == "Authorization: Basic [secret] was refused"


def test_a_secret_within_a_longer_secret_leaves_no_rest():
    assert plain("token=key-0123 key", secrets=["key", "key-0123", ""]) == "token=[secret] [secret]"


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ServerDisconnectedError("gone\nfor good"), "ServerDisconnectedError: Server disconnected"),
        (TimeoutError(), "TimeoutError: no answer in time"),
        (ClientOSError(32, "Can not write request body for https://h/calls/c-1"), "ClientOSError: Broken pipe"),
        (ClientOSError("odd"), "ClientOSError"),
        (ClientConnectorDNSError(KEY, gaierror(-2, "Name not known")), f"ClientConnectorDNSError: {NOWHERE}"),
        (
            ClientResponseError(None, (), status=400, message="Bad status line: b'token-0123"),
            "ClientResponseError: the answer cannot be read as HTTP",
        ),
        (
            ClientHttpProxyError(None, (), status=407, message="user:password"),
            "ClientHttpProxyError: the proxy answered HTTP 407",
        ),
    ],
)
def test_trouble_is_told_without_the_broken_answer(problem, said):
    assert trouble(problem) == said


def every_kind_of(kind):
    return {kind, *(below for direct in kind.__subclasses__() for below in every_kind_of(direct))}


@pytest.mark.parametrize("kind", sorted(every_kind_of(aiohttp.ClientError), key=lambda kind: kind.__name__))
def test_no_part_of_a_broken_answer_comes_through_any_kind_of_trouble(kind):
    """Each kind may carry the head that was read, the request, or an address: here everything that it carries is."""
    problem = kind.__new__(kind, SECRET)
    problem.args, problem.status, problem.message = (SECRET, {"Set-Cookie": SECRET}), 407, SECRET
    problem.headers = problem.history = problem.request_info = SECRET
    problem._conn_key, problem._os_error = SimpleNamespace(host="h", port=1, ssl=True), OSError(111, "refused")
    assert SECRET not in trouble(problem)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 37.0),
        ("Sun Nov  6 08:49:37 1994", 37.0),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 37.0),
        ("Sun, 06 Nov 1994 08:48:00 GMT", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Nov 1994 99:99:99 GMT", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_or_nonsense(value, seconds):
    assert retry_after(value, now=NOW) == seconds


@given(st.integers(min_value=0, max_value=10**6))
def test_any_http_date_ahead_is_read_exactly(seconds):
    when = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(when, now=NOW) == float(seconds)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https://na1.api.niceincontact.com", None),
        ("https://proxy.example/cxone/", None),
        ("https://proxy.example:8443", None),
        ("https://[2001:db8::1]:8443", None),
        ("https://bücher.example", None),
        ("http://127.0.0.1:8080", None),
        ("http://LOCALHOST", None),
        ("http://[::1]:1", None),
        ("http://example.com", CLEAR),
        ("http://127.0.0.1.example.com", CLEAR),
        ("http://localhost.example.com", CLEAR),
        ("na1.api.niceincontact.com", LOOKS),
        ("ftp://host", LOOKS),
        ("https://", LOOKS),
        ("https://exa mple.com", LOOKS),
        ("https://a..b", LOOKS),
        ("https://a\u00adb", LOOKS),
        ("https://%20", LOOKS),
        (f"https://{'a' * 64}.com", LOOKS),
        ("https://host\\@evil", HOLDS),
        ("https://host/a b", LOOKS),
        ("https://ho\nst", LOOKS),
        ("https://user:pw@host", HOLDS),
        ("https://:pw@host", HOLDS),
        ("https://host?x=1", HOLDS),
        ("https://host/?", HOLDS),
        ("https://host#", HOLDS),
        ("https://host:99999", "U is not an address"),
        ("https://[::1", "U is not an address"),
    ],
)
def test_a_base_address_is_https_or_loopback_and_bare(url, complaint):
    assert base_url_complaint("U", url) == complaint


@given(st.text(max_size=30), st.sampled_from(["https://", "http://", "https://h/", "http://127.0.0.1", ""]))
def test_an_address_without_complaint_can_be_asked(text, start):
    url = start + text
    if base_url_complaint("U", url) is None:
        asked = URL(url.rstrip("/") + "/v2")
        assert (asked.scheme, asked.path[-3:]) == (urlsplit(url).scheme, "/v2")
        assert asked.scheme == "https" or is_loopback(url)


@pytest.mark.parametrize("body", [None, b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_what_is_not_json_is_none(body):
    assert as_json(body) is None


@pytest.mark.parametrize(
    ("body", "charset", "read"),
    [
        ('{"a": "é"}'.encode(), None, "é"),
        ('{"a": "é"}'.encode(), "iso-8859-1", "é"),
        ('{"a": "é"}'.encode("utf-8-sig"), None, "é"),
        ('{"a": "é"}'.encode("utf-16"), None, "é"),
        ('{"a": "é"}'.encode("utf-32-le"), "utf-8", "é"),
        ('{"a": "é"}'.encode("latin-1"), "iso-8859-1", "é"),
        ('{"a": "Ş"}'.encode("cp1254"), "windows-1254", "Ş"),
        ('{"a": "李"}'.encode("gb18030"), "gb18030", "李"),
        ('{"a": "é"}'.encode("latin-1"), None, "\ufffd"),
        ('{"a": "é"}'.encode("latin-1"), "utf-8", "\ufffd"),
        *(('{"a": "é"}'.encode("latin-1"), odd, "\ufffd") for odd in ("nonsense", "base64", "", "undefined", "a\0b")),
    ],
)
def test_json_is_read_as_unicode_then_as_declared_then_as_far_as_it_goes(body, charset, read):
    declared = "application/json" if charset is None else f'application/json; Charset="{charset}"; v=1'
    assert as_json(body, declared) == {"a": read}


def _is_a_line(text):
    return text.isprintable() and len(text) <= 310


@given(st.integers(100, 599), st.binary(max_size=400))
def test_no_bytes_can_upset_the_words(status, body):
    assert _is_a_line(words(status, body, secrets=["secret"]))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["error", "message", "errors", "code", "other"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_can_upset_the_words(document):
    assert _is_a_line(words(400, json.dumps(document).encode()))


@pytest.mark.parametrize("shape", [b'{"error": %s}', b'{"odd": %s}', b"%s"])
def test_no_depth_of_json_can_upset_the_words(shape):
    for depth in (3, 100, *range(900, 1000), 10_000):
        assert _is_a_line(words(400, shape % (b"[" * depth + b"]" * depth)))


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{2,4} \d\d:\d\d:\d\d.{0,6}"))
def test_no_header_can_upset_the_wait(value):
    seconds = retry_after(value, now=NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@given(st.text(max_size=400), st.lists(st.text(st.characters(), max_size=5), max_size=3))
def test_foreign_text_becomes_one_printable_line(text, secrets):
    assert _is_a_line(plain(text, secrets=secrets))


@pytest.mark.parametrize("body", [b"<script " * 32_000, b"<head" * 50_000, b"<" * 256_000, b"\x01" * 256_000 + b"<"])
def test_a_hostile_page_takes_no_time(body):
    began = process_time()
    words(500, body, secrets=["secret"])
    assert process_time() - began < 1
