"""Segments: whom a message is for, saved by name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.languages import Language
from api.paging import After, Limit, cursor, place
from api.problems import problems
from api.routes.members import READS, WRITES, MemberId
from api.schemas.segments import FreezeForm, PreviewOut, SegmentOut, SegmentPage, SegmentPreviewForm
from core.insight.members import MemberRef, member_of
from core.insight.segments import SegmentView, preview, preview_segment, segment, segments_after, tags_of
from core.program.schema import Program
from core.services.members.tag_member import TagChange, TagsNow, tag_member
from core.services.segments.freeze_segment import SegmentFreeze, SegmentFrozen, freeze_segment
from core.services.segments.save_segment import (
    SegmentDeleted,
    SegmentDraft,
    SegmentEnd,
    SegmentSaved,
    delete_segment,
    save_segment,
)
from core.words.filters import filter_words

router = APIRouter(prefix="/v1", tags=["segments"])
Name = Annotated[str, Path(pattern=r"^[^\s/][^/]*$", max_length=60, description="The segment's name.")]
Tag = Annotated[str, Path(pattern=r"^[^\s/][^/]*$", max_length=40, description="A word that staff use.")]


@router.post("/segments", status_code=201, summary="Save a segment", responses=WRITES)
def save(shop: ShopOf, holder: Staff, key: Key, form: SegmentDraft) -> SegmentSaved:
    """Scope: staff. Its filter is asked anew whenever it is used."""
    return save_segment(shop, caller(holder, key), form)


@router.get("/segments", summary="List segments", responses=problems(400, 401, 403, 422))
def segments(shop: ShopOf, holder: Staff, language: Language, after: After = None, limit: Limit = 50) -> SegmentPage:
    """Scope: staff. By name, the filters in words too."""
    with shop.reading() as (session, program):
        found = segments_after(session, place("segment", after) or "", limit + 1)
    more = cursor("segment", found[limit - 1].name) if len(found) > limit else None
    return SegmentPage(items=[_out(program, each, language) for each in found[:limit]], next=more)


@router.post("/segments/preview", summary="Whom a filter means", responses=problems(400, 401, 403, 413, 415, 422))
def look(shop: ShopOf, holder: Staff, language: Language, form: SegmentPreviewForm) -> PreviewOut:
    """Scope: staff. Changes nothing and needs no Idempotency-Key. How many members, how many of them an offer reaches,
    in which other segments they are, and the first twenty."""
    with shop.reading() as (session, program):
        found = preview(shop, session, form.filter)
        return PreviewOut(**found.model_dump(), words=filter_words(program, form.filter, language))


@router.get("/segments/{name}", summary="One segment", responses=READS)
def one(shop: ShopOf, holder: Staff, language: Language, name: Name) -> SegmentOut:
    """Scope: staff."""
    with shop.reading() as (session, program):
        return _out(program, segment(session, name), language)


@router.get("/segments/{name}/preview", summary="Whom a segment means now", responses=READS)
def look_at(shop: ShopOf, holder: Staff, language: Language, name: Name) -> PreviewOut:
    """Scope: staff."""
    with shop.reading() as (session, program):
        told = _out(program, segment(session, name), language)
        return PreviewOut(**preview_segment(shop, session, name).model_dump(), words=told.words)


@router.post("/segments/{name}/freeze", status_code=201, summary="List a segment's members", responses=WRITES)
def freeze(shop: ShopOf, holder: Staff, key: Key, name: Name, form: FreezeForm) -> SegmentFrozen:
    """Scope: staff. Under another name: who is meant at this moment, whatever happens later."""
    return freeze_segment(shop, caller(holder, key), SegmentFreeze(name=name, into=form.into))


@router.delete("/segments/{name}", summary="Delete a segment", responses=WRITES)
def end(shop: ShopOf, holder: Staff, key: Key, name: Name) -> SegmentDeleted:
    """Scope: staff. Not while a campaign that is not over means it."""
    return delete_segment(shop, caller(holder, key), SegmentEnd(name=name))


@router.get("/members/{member_id}/tags", summary="A member's tags", responses=READS)
def tags(shop: ShopOf, holder: Staff, member_id: MemberId) -> TagsNow:
    """Scope: staff."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id)).id
        return TagsNow(member_id=known, tags=tags_of(session, known))


@router.put("/members/{member_id}/tags/{tag}", summary="Tag a member", responses=WRITES)
def put_tag(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, tag: Tag) -> TagsNow:
    """Scope: staff. Twice is once."""
    return tag_member(shop, caller(holder, key), TagChange(member_id=member_id, tag=tag))


@router.delete("/members/{member_id}/tags/{tag}", summary="Take a tag off a member", responses=WRITES)
def drop_tag(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, tag: Tag) -> TagsNow:
    """Scope: staff. Twice is once."""
    return tag_member(shop, caller(holder, key), TagChange(member_id=member_id, tag=tag, on=False))


def _out(program: Program, view: SegmentView, language: str) -> SegmentOut:
    words = filter_words(program, view.filter, language) if view.filter else None
    return SegmentOut(**{name: getattr(view, name) for name in SegmentView.model_fields}, words=words)
