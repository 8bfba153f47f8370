"""The peer: the benchmarked operations as a FastAPI service with SQLModel, tuned: uvloop, httptools, asyncpg with prepared
statements and a warm pool, one statement per read, the outbox row in the transaction of the change."""

import datetime as dt
import os
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import CreateTask, Page, Task, TaskOut
from queries import page_of, read, selection, store_change, store_new

SECRET = os.environ["AUTH_SIGNING_SECRET"]
ENGINE = create_async_engine(os.environ["PEER_DATABASE_URL"], pool_size=8, max_overflow=0, pool_pre_ping=False)
FENCE = (
    "SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '3s'; SET LOCAL ROLE todo_app; "
    "SET LOCAL todo.user_id = '{}'"
)
app = FastAPI(openapi_url=None)


async def caller(request: Request) -> UUID:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401)
    try:
        claims = jwt.decode(token, SECRET, algorithms=["HS256"], issuer="todoplatform")
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    return UUID(claims["sub"])


async def session():
    async with AsyncSession(ENGINE, expire_on_commit=False) as opened:
        yield opened


Caller = Annotated[UUID, Depends(caller)]
Session = Annotated[AsyncSession, Depends(session)]


async def fence(db: AsyncSession, user_id: UUID) -> None:
    """One round trip, as the driver sends statements without parameters at once."""
    connection = await (await db.connection()).get_raw_connection()
    adapter = connection.dbapi_connection
    await adapter._start_transaction()
    await adapter.driver_connection.execute(FENCE.format(user_id))


@app.get("/healthz")
async def healthz() -> str:
    return "ok"


@app.get("/v1/tasks/{task_id}")
async def get_task(task_id: UUID, user_id: Caller, db: Session) -> TaskOut:
    chosen = selection().where(Task.id == task_id, Task.user_id == user_id, Task.deleted_at.is_(None))
    row = (await db.exec(chosen)).first()
    if row is None:
        raise HTTPException(404)
    return read(row, dt.datetime.now(dt.UTC))


@app.get("/v1/tasks")
async def list_tasks(user_id: Caller, db: Session, limit: int = 10, search: str | None = None) -> Page:
    return await page_of(db, user_id, limit, search)


@app.post("/v1/tasks", status_code=201)
async def create_task(body: CreateTask, user_id: Caller, db: Session) -> TaskOut:
    await fence(db, user_id)
    answer = await store_new(db, user_id, uuid4(), body)
    await db.commit()
    return answer


@app.post("/v1/tasks/{task_id}/complete")
async def complete_task(task_id: UUID, user_id: Caller, db: Session) -> TaskOut:
    await fence(db, user_id)
    lock = select(Task.id).where(Task.id == task_id, Task.user_id == user_id).with_for_update()
    if (await db.exec(lock)).first() is None:
        raise HTTPException(404)
    answer = await store_change(db, user_id, task_id)
    await db.commit()
    return answer
