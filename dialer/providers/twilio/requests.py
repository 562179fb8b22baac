"""What Twilio is sent for a call: a form, byte for byte."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.domain.call import CallRequest

_AS_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def is_studio(flow_id: str) -> bool:
    """Tell whether a flow is one of Studio, which is executed; others are told to a plain call."""
    return flow_id.startswith("FW")


def form_of(request: CallRequest) -> bytes:
    """Write the form that asks for a call; ValueError where a parameter cannot be JSON.

    Parameters are one JSON object for a Studio flow, and the query of an address.
    """
    fields = {"To": request.called_number, "From": request.caller_number}
    if is_studio(request.flow_id):
        if request.parameters:
            fields["Parameters"] = _AS_JSON(request.parameters)
    elif request.flow_id.startswith("AP"):
        fields["ApplicationSid"] = request.flow_id
    elif request.flow_id:
        fields["Url"] = _with_query(request.flow_id, request.parameters)
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def _with_query(address: str, parameters: Mapping[str, object]) -> str:
    """Put parameters behind what an address asks already; what is no text is written as JSON writes it."""
    parts = urlsplit(address)
    told = {name: value if isinstance(value, str) else _AS_JSON(value) for name, value in parameters.items()}
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(told))))))
