"""Statements of the peer and what they return."""

import datetime as dt
import json
import re
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from models import (
    CreateTask, DueDate, DueInstant, DueLocal, Outbox, Page, RecurrenceOut, Reminder, ReminderOut, Series, Tag, Task,
    TaskOut, TaskTag,
)

SEARCH = sa.literal_column("tasks.search")
NAMES = sa.select(Tag.name).join(TaskTag, TaskTag.tag_id == Tag.id).where(TaskTag.task_id == Task.id).order_by(
    sa.collate(Tag.name, "C")).correlate(Task)
MINUTES = sa.select(Reminder.minutes_before).where(Reminder.task_id == Task.id).order_by(
    Reminder.minutes_before).correlate(Task)
COLUMNS = (
    Task, Series,
    sa.func.array(NAMES.scalar_subquery(), type_=sa.ARRAY(sa.Text)).label("tags"),
    sa.func.array(MINUTES.scalar_subquery(), type_=sa.ARRAY(sa.Integer)).label("minutes"),
)


def selection():
    """Tasks with all that their JSON shows, in one statement."""
    return select(*COLUMNS).outerjoin(Series, Series.id == Task.series_id)


def read(row, now: dt.datetime) -> TaskOut:
    task, series, tags, minutes = row[:4]
    return shown(task, series, tags, minutes, now)


def due_of(task: Task):
    if task.due_at is None:
        return None
    if task.due_date is not None:
        return DueDate(date=task.due_date, zone=task.due_zone)
    if task.due_local is not None:
        return DueLocal(local=task.due_local, zone=task.due_zone)
    return DueInstant(instant=task.due_at)


def shown(task: Task, series: Series | None, tags: list[str], minutes: list[int], now: dt.datetime) -> TaskOut:
    fire = [None if task.due_at is None else task.due_at - dt.timedelta(minutes=m) for m in minutes]
    recurrence = series and RecurrenceOut(
        rule=series.rule, zone=series.zone, anchor=series.anchor, series_id=series.id, occurrence=task.occurrence,
        depth=task.depth)
    return TaskOut(
        id=task.id, title=task.title, description=task.description, priority=task.priority, tags=tags,
        due=due_of(task), due_at=task.due_at,
        is_overdue=not task.completed and task.overdue_at is not None and task.overdue_at <= now,
        recurrence=recurrence, reminders=[ReminderOut(minutes_before=m, fire_at=f) for m, f in zip(minutes, fire)],
        predecessor_id=task.predecessor_id, completed=task.completed, completed_at=task.completed_at,
        deleted_at=task.deleted_at, version=task.version, created_at=task.created_at, updated_at=task.updated_at)


def searched(user_id: UUID, limit: int, search: str):
    """The best of the newest 1000 matches."""
    words = " & ".join(f"'{word}':*" for word in re.findall(r"\w+", search))
    wanted = sa.func.todo_search_query(user_id, words)
    newest = sa.select(Task.id, Task.created_at, SEARCH.label("search")).where(
        Task.user_id == user_id, Task.deleted_at.is_(None), SEARCH.op("@@")(wanted)).order_by(
        Task.created_at.desc(), Task.id.desc()).limit(1000).subquery()
    rank = sa.func.ts_rank(newest.c.search, wanted).label("rank")
    best = sa.select(newest.c.id, rank).order_by(rank.desc(), newest.c.created_at.desc(), newest.c.id.desc()).limit(
        limit + 1).subquery()
    return selection().join(best, best.c.id == Task.id).order_by(
        best.c.rank.desc(), Task.created_at.desc(), Task.id.desc())


async def page_of(db: AsyncSession, user_id: UUID, limit: int, search: str | None) -> Page:
    if search:
        chosen = searched(user_id, limit, search)
    else:
        chosen = selection().where(Task.user_id == user_id, Task.deleted_at.is_(None)).order_by(
            Task.created_at.desc(), Task.id.desc()).limit(limit + 1)
    rows = (await db.exec(chosen)).all()
    now = dt.datetime.now(dt.UTC)
    more = rows[limit - 1][0] if len(rows) > limit else None
    cursor = more and f"{more.created_at.isoformat()}_{more.id}"
    return Page(items=[read(row, now) for row in rows[:limit]], next_cursor=cursor)


def event(kind: str, task: Task, tags: list[str], minutes: list[int]) -> Outbox:
    event_id = uuid4()
    data = task.model_dump(mode="json") | {"tags": tags, "reminders": minutes}
    envelope = {
        "specversion": "1.0", "id": str(event_id), "source": "/todoplatform/todo", "type": kind,
        "subject": str(task.id), "time": task.updated_at.isoformat(), "datacontenttype": "application/json",
        "partitionkey": str(task.user_id), "data": data}
    return Outbox(id=event_id, bucket=1, user_id=task.user_id, task_id=task.id, envelope=json.dumps(envelope))


async def store_new(db: AsyncSession, user_id: UUID, task_id: UUID, body: CreateTask) -> TaskOut:
    now = dt.datetime.now(dt.UTC)
    due_at = body.due and body.due.local.replace(tzinfo=ZoneInfo(body.due.zone)).astimezone(dt.UTC)
    task = Task(
        id=task_id, user_id=user_id, title=body.title.strip(), description=body.description, priority=body.priority,
        due_local=body.due and body.due.local, due_zone=body.due and body.due.zone, due_at=due_at, overdue_at=due_at,
        created_at=now, updated_at=now)
    names = sorted(name.lower() for name in body.tags)
    minutes = sorted(reminder.minutes_before for reminder in body.reminders)
    await db.exec(insert(Task).values(task.model_dump()))
    await db.exec(published(event("todo.task.created.v1", task, names, minutes)))
    links = sa.select(sa.literal(task_id), Tag.id, Tag.user_id).where(
        Tag.user_id == user_id, Tag.name.in_(names)).with_for_update(key_share=True, read=True)
    await db.exec(insert(TaskTag).from_select(["task_id", "tag_id", "user_id"], links))
    if minutes:
        fire = [due_at and due_at - dt.timedelta(minutes=m) for m in minutes]
        rows = [{"task_id": task_id, "user_id": user_id, "minutes_before": m, "fire_at": f} for m, f in zip(minutes, fire)]
        await db.exec(insert(Reminder).values(rows))
    return shown(task, None, names, minutes, now)


def published(row: Outbox):
    """Without RETURNING, which the role may not."""
    return insert(Outbox).values(row.model_dump(exclude={"seq"})).inline()


async def store_change(db: AsyncSession, user_id: UUID, task_id: UUID) -> TaskOut:
    row = (await db.exec(selection().where(Task.id == task_id, Task.user_id == user_id))).one()
    task, series, tags, minutes = row[:4]
    now = dt.datetime.now(dt.UTC)
    if not task.completed:
        task.completed, task.completed_at, task.updated_at, task.version = True, now, now, task.version + 1
        await db.flush()
        await db.exec(published(event("todo.task.completed.v1", task, tags, minutes)))
    return shown(task, series, tags, minutes, now)
