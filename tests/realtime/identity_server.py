"""A real identity provider (oidc-provider, certified by the OpenID Foundation) for a test file, and a person's way
through its pages."""

from __future__ import annotations

import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientSession, CookieJar
from yarl import URL

from memberline.paths import IDENTITY_PROVIDER
from memberline.setup import node

START_S = 20


@contextmanager
def identity_server(desk: str, secret: str) -> Iterator[str]:
    """Its issuer, while the context lasts. Its clients send browsers back to the origin `desk`."""
    assert not node.lacks_packages(IDENTITY_PROVIDER), "There is no oidc-provider. Run `make setup`."
    with subprocess.Popen(
        ["node", "provider.js", desk, secret],
        cwd=IDENTITY_PROVIDER,
        env=node.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], START_S)
        issuer = process.stdout.readline().strip() if ready else ""
        try:
            assert issuer, f"oidc-provider did not start within {START_S} s"
            yield issuer
        finally:
            process.stdin.close()  # ends it, and Node below the one that we started
            try:
                process.wait(timeout=START_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


async def through_its_pages(url: str, desk: str, person: str | None) -> str:
    """Sign in there as `person` and agree, or abort (None); the path on the desk that the browser is sent back to."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        answer = await browser.get(url, allow_redirects=False)
        for _ in range(10):
            while answer.status in (302, 303):
                where = answer.headers["Location"]
                if where.startswith(f"{desk}/"):
                    return where.removeprefix(desk)
                answer = await browser.get(answer.url.join(URL(where)), allow_redirects=False)
            page = await answer.text()
            assert answer.status == 200, page
            form = re.search(r'action="([^"]+)"', page)
            prompt = re.search(r'name="prompt" value="(\w+)"', page)
            assert form is not None
            assert prompt is not None, page
            if person is None:
                abort = re.search(r'href="([^"]+/abort)"', page)
                assert abort is not None, page
                answer = await browser.get(answer.url.join(URL(abort[1])), allow_redirects=False)
            else:
                filled = {"prompt": prompt[1], "login": person, "password": "any"}
                answer = await browser.post(answer.url.join(URL(form[1])), data=filled, allow_redirects=False)
    raise AssertionError("its pages have no end")
