"""A bare FastAPI hello world, served as our own pages are: what the benchmarks of `serve` are held against."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI

api = FastAPI()


@api.get("/")
async def hello() -> dict[str, str]:
    """Say hello."""
    return {"hello": "world"}


if __name__ == "__main__":
    uvicorn.run(
        api, port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False, date_header=False
    )
