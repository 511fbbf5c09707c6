"""Sends webhooks: many at once, each under ten seconds, only to public addresses, to the address that was checked."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from rushi.notices import rules

SECONDS_MAX = 10.0
CONNECT_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 2_000
USER_AGENT = "Rushi-Webhooks/1"


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send where."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back; `failure` is a Chinese message id when nothing did."""

    milliseconds: int
    status_code: int | None = None
    failure: str = ""
    answer: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the receiver took it."""
        return self.status_code is not None and 200 <= self.status_code < 300


class Forbidden(Exception):
    """A name that leads to an address we do not call."""


def send_all(letters: Sequence[Letter], *, may_loop_back: bool) -> list[Outcome]:
    """Send all at once and wait for all, ten seconds at most; nothing is raised, every letter has its outcome."""
    with ThreadPoolExecutor(1) as apart:  # whoever calls may have an event loop of its own running
        return apart.submit(asyncio.run, _send_all(letters, may_loop_back)).result()


async def _send_all(letters: Sequence[Letter], may_loop_back: bool) -> list[Outcome]:
    limits = httpx.Timeout(SECONDS_MAX, connect=CONNECT_SECONDS_MAX)
    # No proxy of the environment, no redirects, no cookies kept: what was checked is what is called.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=limits) as client:
        return await asyncio.gather(*(_timed(client, letter, may_loop_back) for letter in letters))


async def _timed(client: httpx.AsyncClient, letter: Letter, may_loop_back: bool) -> Outcome:
    began = time.perf_counter()
    status: int | None = None
    answer, failure = "", ""
    try:
        status, answer = await asyncio.wait_for(_send(client, letter, may_loop_back), SECONDS_MAX)
    except (TimeoutError, httpx.TimeoutException):
        failure = "对方没有在 10 秒内回应。"
    except Forbidden:
        failure = "域名指向内网或保留地址，没有发送。"
    except OSError:
        failure = "域名无法解析。"
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        failure = "连接失败，请检查地址与证书。"
    return Outcome(round((time.perf_counter() - began) * 1000), status, failure, answer)


async def _send(client: httpx.AsyncClient, letter: Letter, may_loop_back: bool) -> tuple[int, str]:
    url = httpx.URL(letter.url)
    address = await _checked_address(url, may_loop_back)
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=letter.body,
        headers={**letter.headers, "Host": url.netloc.decode(), "User-Agent": USER_AGENT},
        extensions={"sni_hostname": url.host},  # the certificate must be the name's, not the address's
    )
    response = await client.send(request, stream=True)
    try:
        read = b""
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) >= ANSWER_BYTES_MAX:
                break
        return response.status_code, _plain(read)
    finally:
        await response.aclose()


async def _checked_address(url: httpx.URL, may_loop_back: bool) -> str:
    """The address to connect to. All that a name resolves to must be allowed; the connection then goes to that one."""
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(rules.may_call(address, may_loop_back=may_loop_back) for address in addresses):
        raise Forbidden
    return addresses[0]


def _plain(read: bytes) -> str:
    text = read[:ANSWER_BYTES_MAX].decode("utf-8", "replace").replace("\x00", "")
    return text[:500]
