"""Requests about keys: `/1/keys` of the protocol. Only an admin key may make, change and end them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from tradewind.errors import InputError
from tradewind.key_rights import Rights, check_acl
from tradewind.keys import KeyRecord, kept_text, key_hash, retired
from tradewind.protocols.algolia.answers import Answer, json_answer
from tradewind.protocols.algolia.errors import NOT_WITH_THIS_KEY, Refused
from tradewind.protocols.algolia.parameters import unpacked
from tradewind.protocols.algolia.search_requests import conditions_of
from tradewind.search.serving.call import Call
from tradewind.search.serving.editing import stamp
from tradewind.search.serving.shop import EditingShop

_LONGEST: Final = 10 * 365 * 86_400  # seconds of validity
_MOST: Final = 100  # texts of a list


def list_keys(call: Call, shop: EditingShop) -> Answer:
    """Answer with the keys whose text is known, the caller's own among them, newest last."""
    records = [each for each in shop.key_records.list() if each.works(call.now) and each.plain]
    return json_answer({"keys": [_told(each, each.plain or "") for each in records]})


def add_key(call: Call, shop: EditingShop) -> Answer:
    rights = _rights(call.fields(), call.now)
    plain = shop.new_key()
    shop.key_records.add(
        KeyRecord(
            key_hash=key_hash(plain),
            kind="custom",
            created_at=call.now,
            app_id=call.caller.record.app_id,
            custom=rights,
            plain=kept_text(plain, "custom", rights),
        )
    )
    return json_answer({"key": plain, "createdAt": stamp(call.now)}, 201)


def get_key(call: Call, shop: EditingShop) -> Answer:
    """Answer what a key may do: to an admin, and to whoever holds that key."""
    record = shop.key_records.record(key_hash(call.name))
    itself = record is not None and record.key_hash == call.caller.record.key_hash and not call.caller.is_secured
    if not call.caller.is_admin and not itself:
        raise Refused(403, NOT_WITH_THIS_KEY)
    if record is None or not record.works(call.now):
        raise _unknown()
    return json_answer(_told(record, call.name))


def change_key(call: Call, shop: EditingShop) -> Answer:
    """Give a key other rights; what is not said goes back to its default, as at Algolia."""
    record = _changeable(call, shop)
    rights = _rights(call.fields(), call.now)
    if record.plain is not None and not rights.only_reads:
        raise InputError("acl", repr(sorted(rights.acl)), "this key only reads; make another key for writing")
    if record.plain is None and rights.only_reads:
        raise InputError("acl", repr(sorted(rights.acl)), "this key writes; make another key for reading alone")
    shop.key_records.change(record, replace(record, custom=rights))
    shop.keys.forget()
    return json_answer({"key": call.name, "updatedAt": stamp(call.now)})


def delete_key(call: Call, shop: EditingShop) -> Answer:
    record = _changeable(call, shop)
    shop.key_records.change(record, retired(record, call.now))
    shop.keys.forget()
    return json_answer({"deletedAt": stamp(call.now)})


def restore_key(call: Call, shop: EditingShop) -> Answer:
    """Let a deleted key work again."""
    record = shop.key_records.record(key_hash(call.name))
    if record is None or record.kind != "custom":
        raise _unknown()
    shop.key_records.change(record, replace(record, revoked_at=None))
    shop.keys.forget()
    return json_answer({"key": call.name, "createdAt": stamp(record.created_at)})


def _changeable(call: Call, shop: EditingShop) -> KeyRecord:
    record = shop.key_records.record(key_hash(call.name))
    if record is None or not record.works(call.now):
        raise _unknown()
    if record.kind != "custom":
        raise Refused(403, f"this {record.kind} key was not made here: use `tradewind keys`")
    return record


def _unknown() -> Refused:
    return Refused(404, "Key does not exist")


def _rights(sent: Mapping[str, Any], now: datetime) -> Rights:
    parameters = sent.get("queryParameters") or ""
    if not isinstance(parameters, str):
        raise InputError("queryParameters", repr(parameters)[:80], "must be URL-encoded text")
    conditions_of(unpacked(parameters))  # a key whose demands cannot be read would refuse every query
    acl = sent.get("acl")
    if not isinstance(acl, list) or not all(isinstance(each, str) for each in acl):
        raise InputError("acl", repr(acl)[:80], "must be a list of texts")
    validity = _whole(sent, "validity", _LONGEST)
    description = sent.get("description") or ""
    if not isinstance(description, str):
        raise InputError("description", repr(description)[:80], "must be a text")
    return Rights(
        acl=check_acl(acl),
        indexes=_texts(sent, "indexes"),
        referers=_texts(sent, "referers"),
        max_hits=_whole(sent, "maxHitsPerQuery", 1000),
        max_queries=_whole(sent, "maxQueriesPerIPPerHour", 10**9),
        query_parameters=parameters,
        description=description[:1000],
        validity=validity,
        expires_at=now + timedelta(seconds=validity) if validity else None,
    )


def _told(record: KeyRecord, plain: str) -> dict[str, Any]:
    rights = record.rights
    told: dict[str, Any] = {
        "value": plain,
        "createdAt": int(record.created_at.timestamp()),
        "acl": list(rights.acl),
        "validity": rights.validity,
        "description": rights.description or (f"{record.kind} key" if record.kind != "custom" else ""),
        "maxHitsPerQuery": rights.max_hits,
        "maxQueriesPerIPPerHour": rights.max_queries,
    }
    if rights.indexes:
        told["indexes"] = list(rights.indexes)
    if rights.referers:
        told["referers"] = list(rights.referers)
    if rights.query_parameters:
        told["queryParameters"] = rights.query_parameters
    return told


def _texts(sent: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = sent.get(name) or []
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(each, str) for each in value):
        raise InputError(name, repr(value)[:80], f"must be a list of at most {_MOST} texts")
    return tuple(value)


def _whole(sent: Mapping[str, Any], name: str, most: int) -> int:
    value = sent.get(name) or 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise InputError(name, repr(value)[:80], f"must be a whole number from 0 to {most}")
    return value


VERBS: Final = {
    "list_keys": list_keys,
    "add_key": add_key,
    "get_key": get_key,
    "change_key": change_key,
    "delete_key": delete_key,
    "restore_key": restore_key,
}
