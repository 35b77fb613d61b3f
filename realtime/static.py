"""The built desk's files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from realtime.problems import HttpProblem


def static_files(folder: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler for `/{path}` that serves what is in `folder` now, and nothing else whatever the path says."""
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}

    async def serve(request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"] or "index.html"
        file = files.get(path)
        if file is None and path == "index.html":
            raise HttpProblem(503, "The desk has not been built. Run `make setup`, then start again.")
        if file is None:
            raise web.HTTPNotFound
        # Vite puts a hash of the content into the names under assets/: such a file never changes.
        fresh = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        return web.FileResponse(file, headers={"Cache-Control": fresh})

    return serve
