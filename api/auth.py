"""Who calls: a bearer key (RFC 6750) with scopes. Staff may do what tills may, admins what staff may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.depends import ShopOf
from api.problems import Fault
from core.services.staff.keys import KeyHolder, Scope, check_key

bearer = HTTPBearer(
    scheme_name="key",
    bearerFormat="rk_…",
    description="`Authorization: Bearer rk_…`. Scopes: till < staff < admin; each may do what those before it may.",
    auto_error=False,
)
ACTOR_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the key, and what the key may do."""

    name: str
    scopes: tuple[Scope, ...]

    @property
    def actor(self) -> str:
        """till:front, staff:ann: the widest scope and the key's name, as the books keep it."""
        return f"{self.scopes[-1]}:{self.name}"[:ACTOR_LENGTH]


def holder(
    request: Request,
    needed: SecurityScopes,
    shop: ShopOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Holder:
    """Faults: key-missing, key-unknown (401), scope-missing (403)."""
    if credentials is None:
        raise _unauthorised("key-missing", "Send your key: Authorization: Bearer rk_…", "Bearer")
    known = check_key(shop, credentials.credentials)
    if known is None:
        raise _unauthorised(
            "key-unknown",
            "This key is not known, or was revoked; ask an admin for another.",
            'Bearer error="invalid_token"',
        )
    request.state.key_name = known.name
    _allow(known, needed.scopes)
    return Holder(known.name, tuple(known.scopes))


def _allow(known: KeyHolder, needed: list[str]) -> None:
    missing = [scope for scope in needed if scope not in known.scopes]
    if missing:
        raise Fault(
            "scope-missing",
            403,
            f"This key has not the scope {missing[0]}; use one that has, or ask an admin for it.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{missing[0]}"'},
            facts={"needed": missing[0], "held": [str(scope) for scope in known.scopes]},
        )


def _unauthorised(reason: str, detail: str, challenge: str) -> Fault:
    return Fault(reason, 401, detail, headers={"WWW-Authenticate": challenge})


Till = Annotated[Holder, Security(holder, scopes=["till"])]
Staff = Annotated[Holder, Security(holder, scopes=["staff"])]
Admin = Annotated[Holder, Security(holder, scopes=["admin"])]
