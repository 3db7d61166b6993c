"""python-telegram-bot's requests over aiohttp: its default client collapses under load."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import aiohttp
from pydantic_core import to_json
from telegram.error import NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, RequestData

os.environ.setdefault("PTB_TIMEDELTA", "true")  # RetryAfter.retry_after as it will be in the library's next version

JSON = {"Content-Type": "application/json"}


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


class NotSent(NetworkError):
    """No connection came about: the request never left, so repeating it is safe."""


class Unwritten(NotSent):
    """The connection had been closed by the other side while it was idle: another one may do at once."""


class Lost(NetworkError):
    """The connection broke after the request left: it may have arrived."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a request says, as it is, in the place of RequestData, which takes longer to gather it than it takes to
    send, and lets nobody inherit."""

    json_parameters: dict[str, Any]
    contains_files: bool = False


def said(parameters: dict[str, Any]) -> RequestData:
    """For `BaseRequest.post`, of an AiohttpRequest."""
    return cast(RequestData, _Said(parameters))


class AiohttpRequest(BaseRequest):
    """One connection pool. Timeouts are seconds; `read_timeout` is what is waited for the whole answer.

    idle_s: how long a connection is kept that nobody uses. Shorter than the other side keeps it, or what is sent just
    when it closes is lost.
    """

    def __init__(
        self, *, connections: int = 64, read_timeout: float = 10, connect_timeout: float = 5, idle_s: float = 15
    ) -> None:
        self._connections = connections
        self._idle_s = idle_s
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._timeouts: dict[tuple[float | None, float | None], aiohttp.ClientTimeout] = {}
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=self._idle_s)
            self._session = aiohttp.ClientSession(
                connector=connector, headers={"User-Agent": self.USER_AGENT}, cookie_jar=aiohttp.DummyCookieJar()
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """NotSent: no connection. TimedOut: no answer in time. Lost: the connection broke on the way."""
        if self._session is None:
            raise RuntimeError("initialize() this request before using it")
        timeout = self._timeout(
            self._given(read_timeout, self._read_timeout), self._given(connect_timeout, self._connect_timeout)
        )
        data, headers = _body(request_data)
        try:
            async with self._session.request(method, url, data=data, headers=headers, timeout=timeout) as response:
                return response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"no connection: {error}") from error
        except aiohttp.ClientOSError as error:
            if isinstance(error.__cause__, aiohttp.ClientConnectionResetError):
                raise Unwritten(f"the connection was closed before: {error}") from error
            raise Lost(f"the connection broke: {type(error).__name__}") from None  # its words may hold the token
        except TimeoutError as error:
            raise TimedOut("no answer in time") from error
        except aiohttp.ClientError as error:
            raise Lost(f"the connection broke: {type(error).__name__}") from None  # its words may hold the token

    def _timeout(self, total: float | None, connect: float | None) -> aiohttp.ClientTimeout:
        """There are few, and making one takes as long as reading an answer."""
        if (total, connect) not in self._timeouts:
            self._timeouts[total, connect] = aiohttp.ClientTimeout(total=total, sock_connect=connect)
        return self._timeouts[total, connect]

    def _given(self, value: Any, default: float) -> float | None:
        if value is self.DEFAULT_NONE:
            return default
        return None if value is None else float(value)


def _body(data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str] | None]:
    """As JSON where there are no files: aiohttp takes three times as long to make a form of it."""
    if data is None:
        return None, None
    if not data.contains_files:
        return to_json(data.json_parameters), JSON
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mimetype) in data.multipart_data.items():
        whole = BytesIO(content) if isinstance(content, bytes) else content  # aiohttp warns of long bytes
        form.add_field(name, whole, filename=filename, content_type=mimetype)
    return form, None
