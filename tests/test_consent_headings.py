"""What headings mean for calls: a table of real ones, by CRM exports, dialers and forms, and what each cell does.

A line is a heading, the cells with which somebody may be rung, and those with which nobody is. A heading that says
nothing of calls has a dash: no cell under it keeps anybody from being rung.
"""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.screening.consent_headings import Says, read_meaning
from dialer.domain.screening.consent_words import GLUED, PHRASES, WORDS, Role
from dialer.domain.screening.permission import permission_columns

TODAY = date(2026, 11, 24)
ANY_CELL = ("", "Yes", "No", "1", "0", "2026-01-01", "2027-01-01", "x", "maybe", "Ann")

NO_FREES = [
    *("dnc", "DNC", "isdnc", "is_dnc", "dncflag", "DNCflag", "dnc_flag", "D.N.C.", "D N C", "DNC (Y/N)", "DNC Yes/No"),
    *(
        "Do Not Call",
        "do_not_call",
        "doNotCall",
        "DoNotCall__c",
        "donotcall",
        "DONOTCALL",
        "Do Not Call?",
        "Don't Call",
    ),
    *("Do Not Call List", "On Do Not Call List", "On DNC List", "DNC Listed", "National DNC", "state_dnc", "dncl"),
    *("donotphone", "doNotPhone", "Do not phone", "DO_NOT_DIAL", "Do Not Contact", "do_not_contact", "donotcontact"),
    *("Do Not Call/Text", "Do Not Call or Email", "Do not email/call", "Do Not Contact or Email", "DNC (SMS & Voice)"),
    *("Do Not Contact by phone, mail or email", "No SMS or calls", "Do not solicit", "No solicitation", "dnd"),
    *(
        "Do Not Disturb",
        "zoominfo_do_not_call_mobile_phone",
        "Do Not Contact Via (Phone)",
        "Never call",
        "never_contact",
    ),
    *("NO_PHONE", "nophone", "No Phone Calls", "No calls", "nocalls", "No Contact", "no marketing", "Stop calling"),
    *(
        "optout",
        "opt_out",
        "Opt-Out",
        "Opted Out",
        "HasOptedOutOfCall",
        "hasoptedoutofcall",
        "Opt Out Voice",
        "opt out",
    ),
    *("Marketing Opt Out", "Telemarketing opt out", "robocall_optout", "phoneOptOut", "unsubscribed", "Unsubscribed?"),
    *(
        "Consent Withdrawn",
        "Consent Denied",
        "Consent Declined",
        "Consent Refused",
        "Consent Expired",
        "consentwithdrawn",
    ),
    *("Consent Revoked", "Withdrew consent", "Withdrawn consent", "No Consent", "noconsent", "Consent not given"),
    *("Not consented", "Does not consent to calls", "No phone consent", "TCPA revoked", "Withdrawn", "Declined"),
    *(
        "Blocked",
        "blocklisted",
        "Blacklist",
        "suppress",
        "suppressed",
        "Suppression",
        "tps",
        "TPS",
        "CTPS",
        "TPS registered",
    ),
    *("Calls not allowed", "No calls allowed", "Calls declined", "Unwanted calls", "Exclude from calls", "Excluded"),
    *("Not ok to call", "Do not allow calls", "I do not wish to be contacted by phone", "Not to be called", "STOP"),
    *("Text only", "Email only", "Contact by email only", "Deceased", "Wrong number", "Please do not call me"),
    *(
        "DNC status",
        "dnc_result",
        "DNC (1 = do not call)",
        "Do Not Call (DNC)",
        "Consent opt-out",
        "Objection to calls",
    ),
    *("Nicht anrufen", "Bitte nicht anrufen", "Keine Anrufe", "Nicht kontaktieren", "Werbesperre", "Telefonsperre"),
    *("Gesperrt", "Widerspruch", "Werbewiderspruch", "Einwilligung widerrufen", "Telefonwerbung nicht erlaubt"),
    *("Kein Anruf gewünscht", "Robinsonliste", "Ne pas appeler", "Ne plus contacter", "Pas d'appel", "Refus d'appel"),
    *("Opposition", "Désinscrit", "Bloctel", "Liste rouge", "Consentement retiré", "Consentement refusé"),
    *("No llamar", "No contactar", "No desea llamadas", "Lista Robinson", "Consentimiento revocado"),
    *("Non chiamare", "Non contattare", "Consenso revocato", "Registro delle opposizioni"),
    *("Não ligar", "Nao ligar", "Não perturbe", "Não contatar", "Consentimento revogado"),
    *("Niet bellen", "Bel me niet", "bel-me-niet", "Geen toestemming", "Toestemming ingetrokken", "Niet benaderen"),
    *("Nie dzwonić", "Brak zgody", "Zgoda wycofana", "Sprzeciw", "Nie kontaktować"),
]
YES_FREES = [
    *(
        "consent",
        "Consent",
        "Consent?",
        "Consent (Y/N)",
        "has_consent",
        "consented",
        "consent_given",
        "Written Consent",
    ),
    *("Consent to call", "ConsentToCall", "consent_to_contact", "Consent to call/text", "Phone and email consent"),
    *(
        "call_consent",
        "voice_call_consent",
        "consentPhone",
        "Phone Consent",
        "consentMarketing",
        "TCPA Consent",
        "PEWC",
    ),
    *(
        "tcpa",
        "GDPR",
        "GDPR consent",
        "Express Written Consent",
        "Opt In",
        "opt_in",
        "optin",
        "Opted In",
        "mobile_opt_in",
    ),
    *("marketing_opt_in", "phoneOptIn", "permission", "Call Permission", "Permission to Call", "has_permission"),
    *("Allow calls", "allowcalls", "Calls allowed", "OK to call", "oktocall", "OkToCall?", "OK2Call", "Okay to phone"),
    *(
        "Call OK",
        "Callable",
        "is_callable",
        "can_call",
        "May we call you?",
        "Can be called",
        "Accepts calls",
        "contactable",
    ),
    *(
        "Accepts Marketing",
        "accepts_marketing",
        "Subscribed",
        "is_subscribed",
        "Authorized to contact",
        "Receive calls",
    ),
    *("Consent form signed", "Consent on file", "Consent form received", "Consent Status", "Phone Opt-In Status"),
    *("Not on DNC", "Not opted out", "Consent not withdrawn", "No objection", "No objection to calls", "DNC clear"),
    *("Consent (No = do not call)", "Do you consent to receive calls?", "I agree to be contacted by phone"),
    *("Einwilligung", "Einwilligung Telefon", "Werbeeinwilligung", "Anrufe erlaubt", "Darf angerufen werden"),
    *("Zustimmung", "Consentement", "Consentement téléphonique", "Autorisation d'appel", "Autorisé à appeler"),
    *("Consentimiento", "Autoriza llamadas", "Consenso", "Consenso telefonico", "Consentimento", "Aceita ligações"),
    *(
        "Toestemming",
        "Mag gebeld worden",
        "Zgoda",
        "Zgoda na kontakt telefoniczny",
        "zgoda_telefon",
        "Zgoda marketingowa",
    ),
]
EMPTY_FREES = [
    *(
        "consent_withdrawn_at",
        "marketing_consent_withdrawn_at",
        "revoked_at",
        "Revoked on",
        "withdrawn_at",
        "declined_at",
    ),
    *("opt_out_date", "opted_out_at", "Opt-out date", "dnc_date", "DNC since", "unsubscribed_at", "UNSUB_TIME"),
    *("Consent withdrawn date", "Einwilligung widerrufen am", "Widerruf am", "data revoca", "Consentement retiré le"),
    *("unsub_reason", "Do Not Call Reason", "doNotCallReason", "opt_out_source", "revoked_by", "opted_out_by"),
]
PAST_FREES = [
    *(
        "consent_date",
        "Consent Date",
        "consent_at",
        "consent_given_at",
        "Consent Timestamp",
        "Opt In Date",
        "OPTIN_TIME",
    ),
    *(
        "Date of consent",
        "PEWC date",
        "Consented on",
        "subscribed_at",
        "Marketing Consent Date",
        "Einwilligung erteilt am",
    ),
    *("Fecha de consentimiento", "data consenso", "Consent form signed date"),
]
FUTURE_FREES = [
    *("Consent expiry date", "consent_expires_at", "Consent valid until", "Permission End Date", "consentexpirydate"),
    *("Einwilligung gültig bis", "Opt in expires"),
]
SAYS_NOTHING = [
    *(
        "Orthodontist",
        "London Territory",
        "Casino Contact",
        "Phone No. (Contact)",
        "Phone No",
        "Contact No",
        "Cell No.",
    ),
    *("DNC scrub date", "dnc_checked_at", "tps_checked", "TPS checked", "DNC last scrubbed", "consent_updated_at"),
    *("consent_source", "Consent IP", "OPTIN_IP", "consent_text", "Consent language", "consent_given_by", "opt_in_url"),
    *("unsubscribe_url", "Unsubscribe token", "consent_form_id", "tcpa_cert_url", "opt_in_source", "phone_consent_ip"),
    *("Email Opt Out", "HasOptedOutOfEmail", "hs_email_optout", "emailoptout", "donotbulkemail", "donotsendmm"),
    *("Do Not Email", "Do Not Mail", "doNotFax", "SMS Opt In", "smsoptin", "sms_opt_in_date", "whatsapp_consent"),
    *(
        "Unsubscribed from all email",
        "Accepts Email Marketing",
        "Accepts SMS Marketing",
        "Zgoda na SMS",
        "Consent (SMS)",
    ),
    *("Einwilligung E-Mail", "Do Not Contact (Email)", "Opt out of texts", "No Email", "DNC Email"),
    *("Loan Declined", "Policy Expired", "expiry_date", "Credit approved", "Offer accepted", "Terms accepted"),
    *(
        "Withdrawal Amount",
        "withdrawal_date",
        "Building permit",
        "Permit Number",
        "Authorized Contact",
        "objections_heard",
    ),
    *(
        "Authorized Signatory",
        "subscriber_id",
        "Subscription Type",
        "Block",
        "Block Number",
        "Do Not Ship",
        "Not Interested",
    ),
    *("No Show", "not_home", "Never contacted", "Not called yet", "Last contacted", "Last Call Date", "Callback"),
    *(
        "No. of calls",
        "No of calls",
        "Number of contacts",
        "Max calls allowed",
        "Allowed call times",
        "Best time to call",
    ),
    *("Contact Name", "Contact Owner", "Contact ID", "Phone 1", "Mobile Phone", "Customer No", "Account No. Contact"),
    *(
        "Donation",
        "Notes",
        "Nobel",
        "Noon",
        "Candidate",
        "Adopted",
        "Preferred Language",
        "State",
        "May",
        "OK",
        "Toll free",
    ),
]
UNCLEAR = ["Opt In/Out", "opt_in_out", "Opt-in/Opt-out", "Consent / DNC", "DNC removed", "Opt out consent"]


def may_be_rung(heading: str, cell: str) -> bool:
    return permission_columns(("phone", heading)).objection(("+12025550123", cell), TODAY) is None


def freed_by(heading: str, cells: tuple[str, ...]) -> set[str]:
    return {cell for cell in cells if may_be_rung(heading, cell)}


@pytest.mark.parametrize("heading", NO_FREES)
def test_an_objection_frees_only_those_who_did_not_make_it(heading):
    cells = ("", "no", "No", "N", "0", "FALSE", "yes", "Y", "1", "x", "true", "2026-01-01", "NULL", "-", "n/a", "?")
    assert freed_by(heading, cells) == {"", "no", "No", "N", "0", "FALSE"}


@pytest.mark.parametrize("heading", YES_FREES)
def test_a_permission_frees_only_those_who_gave_it(heading):
    cells = ("", "no", "N", "0", "FALSE", "yes", "Yes", "Y", "1", "x", "true", "pending", "NULL", "-", "requested")
    assert freed_by(heading, cells) == {"yes", "Yes", "Y", "1", "x", "true"}


@pytest.mark.parametrize("heading", EMPTY_FREES)
def test_whatever_is_kept_of_an_objection_made_it(heading):
    assert freed_by(heading, ("", "2026-10-05", "2027-10-05", "2026-10-05T10:00:00Z", "STOP", "Ann")) == {""}


@pytest.mark.parametrize("heading", PAST_FREES)
def test_the_day_of_a_permission_must_have_come(heading):
    cells = (
        "2026-10-05",
        "24.11.2026",
        "Oct 5, 2026",
        "5 Oct 2026",
        "",
        "2026-11-25",
        "3/12/2026",
        "yes",
        "1900-01-01",
    )
    assert freed_by(heading, cells) == {"2026-10-05", "24.11.2026", "Oct 5, 2026", "5 Oct 2026"}


@pytest.mark.parametrize("heading", FUTURE_FREES)
def test_the_last_day_of_a_permission_must_not_have_gone(heading):
    cells = ("2026-11-23", "2026-11-24", "2027-01-01", "", "2020-01-01", "3/12/2026", "never")
    assert freed_by(heading, cells) == {"2026-11-24", "2027-01-01"}


@pytest.mark.parametrize("heading", ["Do Not Call Until", "do_not_call_until", "DNC until", "opt out expires"])
def test_an_objection_with_a_last_day_holds_until_then(heading):
    cells = ("", "2026-11-23", "2026-11-24", "2027-01-01", "yes", "3/12/2026")
    assert freed_by(heading, cells) == {"", "2026-11-23"}


@pytest.mark.parametrize("heading", SAYS_NOTHING)
def test_what_says_nothing_of_calls_suppresses_nobody(heading):
    assert freed_by(heading, ANY_CELL) == set(ANY_CELL)


@pytest.mark.parametrize("heading", UNCLEAR)
def test_what_says_both_frees_only_by_a_cell_that_speaks_for_itself(heading):
    cells = (*ANY_CELL, "opted in", "OK to call", "opted out", "do not call")
    assert freed_by(heading, cells) == {"opted in", "OK to call"}


@pytest.mark.parametrize(
    "heading",
    [
        "Lead Status",
        "status",
        "Call Result",
        "Disposition",
        "Tags",
        "Preferred contact method",
        "Preferred channel",
        "Consent type",
    ],
)
def test_a_status_suppresses_by_an_objection_alone(heading):
    cells = (
        "",
        "New",
        "VIP",
        "Email",
        "DNC",
        "Do Not Call",
        "VIP; DNC",
        "Opted out",
        "unsubscribed",
        "No calls",
        "Ann",
    )
    assert freed_by(heading, cells) == {"", "New", "VIP", "Email", "Ann"}


@pytest.mark.parametrize(
    ("heading", "free", "not_free"),
    [
        ("DNC", "not listed", "listed"),
        ("DNC", "OK to call", "do not call"),
        ("DNC", "clear", "pending"),
        ("DNC", "nein", "ja"),
        ("Consent", "opted in", "opted out"),
        ("Consent", "ja", "nein"),
        ("Consent", "Granted consent", "withdrawn"),
        ("Consent", "t", "f"),
        ("is_dnc", "f", "t"),
        ("Consent", "subscribed", "unsubscribed"),
    ],
)
def test_a_cell_may_say_it_in_words(heading, free, not_free):
    assert (may_be_rung(heading, free), may_be_rung(heading, not_free)) == (True, False)


def test_beside_an_answer_a_last_day_may_be_missing_but_not_gone():
    columns = permission_columns(("consent", "consent expiry date"))
    cells = ("", "2026-11-23", "2027-01-01", "soon")
    assert [columns.objection(("yes", cell), TODAY) is None for cell in cells] == [True, False, True, False]


@pytest.mark.parametrize(
    ("declared", "free"),
    [("ignore", ("", "yes", "no")), ("objection", ("", "no")), ("permission", ("yes",))],
)
@pytest.mark.parametrize("heading", ["DNC", "consent", "Kann man machen"])
def test_what_the_campaign_says_of_a_heading_goes_before_its_words(heading, declared, free):
    columns = permission_columns((heading,), {heading: declared})
    assert tuple(cell for cell in ("", "yes", "no") if columns.objection((cell,), TODAY) is None) == free


def test_how_a_column_was_read_is_told():
    headings = ("DNC", "consent until", "Opt In/Out", "status", "name", "revoked_at", "phone ok")
    assert permission_columns(headings, {"phone ok": "objection"}).readings == {
        "DNC": "an objection, yes or no",
        "consent until": "a permission, the last day it holds",
        "Opt In/Out": "both a permission and an objection, yes or no",
        "status": "words, of which only an objection counts",
        "revoked_at": "an objection, the day it was said",
        "phone ok": "an objection, yes or no (as the campaign says)",
    }


def test_a_doubtful_cell_is_told_from_a_clear_one():
    columns = permission_columns(("DNC", "consent"))
    doubts = {cell: columns.is_doubtful("DNC", cell, TODAY) for cell in ("yes", "no", "maybe", "DNC")}
    assert doubts == {"yes": False, "no": False, "maybe": True, "DNC": False}
    assert columns.is_doubtful("consent", "", TODAY) is False
    assert columns.is_doubtful("consent", "soon", TODAY) is True


def test_a_word_has_one_role_and_is_written_as_it_is_looked_up():
    everywhere = [word for words in WORDS.values() for word in set(words.split())]
    spelt = {*everywhere, *GLUED, *(word for phrase in PHRASES for word in phrase)}
    assert len(everywhere) == len(set(everywhere))
    assert [word for word in spelt if not re.fullmatch("[a-z]+", word)] == []
    assert set(WORDS) < set(Role)


def test_case_and_what_stands_between_words_do_not_matter():
    spellings = ("Do Not Call", "do not call", "DO NOT CALL", "do_not_call", "do-not-call", "doNotCall", "Do.Not.Call")
    assert {read_meaning(spelling) for spelling in spellings} == {read_meaning("Do Not Call")}


@given(st.text(max_size=60))
def test_any_text_can_be_a_heading(text):
    meaning = read_meaning(text)
    assert meaning is None or meaning.says in set(Says)


@given(
    st.lists(st.sampled_from(sorted(GLUED | {"u", "/", "(", ".", "withdrawn", "not", "no", "consent"})), max_size=12)
)
def test_any_words_in_any_order_are_read(words):
    read_meaning(" ".join(words))


def test_the_last_day_of_a_permission_is_known_by_number_while_a_run_goes_on():
    columns = permission_columns(("phone", "consent expiry date", "DNC until", "opt in expires"))
    assert columns.may_lapse
    assert not permission_columns(("phone", "consent date", "DNC until")).may_lapse
    assert columns.last_day(("1", "2026-12-01", "2026-01-01", "3/4/2027")) == date(2026, 12, 1)
    assert columns.last_day(("1", "", "", "3/4/2027")) == date(2027, 3, 4)
    assert columns.last_day(("1", "soon")) is None
