"""The program in force, for tills; the versions before it and the drafts of the next one, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Admin, Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.problems import problems
from api.schemas.programs import ProgramOut, PublicationForm, program_out
from core.insight import programs as view
from core.insight.programs import DraftHead, ProgramHistory, ToldDraft, VersionView
from core.rules.refusal import Refused
from core.services.programs.draft_program import NewDraft, draft_program
from core.services.programs.publish_draft import DraftPublication, publish_draft
from core.services.programs.publishing import PublishedVersion
from core.services.programs.withdraw_draft import DraftWithdrawal, withdraw_draft

router = APIRouter(prefix="/v1/programs", tags=["programs"])
READS = problems(400, 401, 403, 404, 422)
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)
DraftNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/current", summary="The program in force", responses=problems(401, 403))
def current(shop: ShopOf, holder: Till) -> ProgramOut:
    """Scope: till. The categories a line may name, the tiers from lowest to highest, the coupons and rewards."""
    with shop.read() as session:
        return program_out(shop.version_at(session, shop.now()))


@router.get("", summary="Every version, and the open drafts", responses=problems(401, 403))
def history(shop: ShopOf, holder: Admin) -> ProgramHistory:
    """Scope: admin. Who drafted and who published each version, since when it judges, and what it changed."""
    with shop.read() as session:
        return view.program_history(shop, session)


@router.get("/versions/{version}", summary="A version, word for word", responses=READS)
def version_of(shop: ShopOf, holder: Admin, version: VersionNumber) -> VersionView:
    """Scope: admin."""
    with shop.read() as session:
        found = view.version_view(session, version)
    if found is None:
        raise Refused("unknown-version", version=version)
    return found


@router.post("", status_code=201, summary="Draft a program", responses=WRITES)
def draft_one(shop: ShopOf, holder: Admin, key: Key, form: NewDraft) -> DraftHead:
    """Scope: admin. A program file's text, or the number of a version to go back to. Nothing comes into force: somebody
    else publishes it, with a key of another name. A text with faults is refused with all of them."""
    return draft_program(shop, caller(holder, key), form)


@router.get("/{draft}", summary="A draft, word for word", responses=READS)
def draft_of(shop: ShopOf, holder: Admin, draft: DraftNumber) -> ToldDraft:
    """Scope: admin. With what it changes in the version in force."""
    with shop.read() as session:
        found = view.told_draft(shop, session, draft)
    if found is None:
        raise Refused("unknown-draft", draft=draft)
    return found


@router.post("/{draft}/publish", status_code=201, summary="Publish a draft", responses=WRITES)
def publish(shop: ShopOf, holder: Admin, draft: DraftNumber, key: Key, form: PublicationForm) -> PublishedVersion:
    """Scope: admin. By a second person: refused (own-draft) to the name that drafted it. Bound to the text that was
    read. Comes into force now or later, never in the past; members keep what they have."""
    wish = DraftPublication(draft=draft, sha256=form.sha256, effective_at=form.effective_at)
    return publish_draft(shop, caller(holder, key), wish)


@router.post("/{draft}/withdraw", summary="Withdraw a draft", responses=WRITES)
def withdraw(shop: ShopOf, holder: Admin, draft: DraftNumber, key: Key) -> DraftHead:
    """Scope: admin. By anybody; it then cannot be published any more."""
    return withdraw_draft(shop, caller(holder, key), DraftWithdrawal(draft=draft))
