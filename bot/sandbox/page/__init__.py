"""The chat page at /: one page, its style and its scripts, all from here."""

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

HERE = Path(__file__).parent
MIMES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Only what comes from here may run or be shown.
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def index() -> Response:
    headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
    return FileResponse(HERE / "index.html", media_type="text/html; charset=utf-8", headers=headers)


@router.get("/page/{name}")
async def asset(name: str) -> Response:
    found = HERE / name
    if found.parent != HERE or found.suffix not in MIMES or not found.is_file():
        return Response(status_code=404)
    return FileResponse(found, media_type=MIMES[found.suffix], headers={"cache-control": "no-cache"})
