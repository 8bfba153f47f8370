"""Tables of the tasks database, as far as the peer uses them, and the JSON of a task."""

import datetime as dt
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel import Field, SQLModel

TIMESTAMPTZ = sa.DateTime(timezone=True)


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    id: UUID = Field(primary_key=True)
    user_id: UUID
    title: str
    description: str | None = None
    priority: str
    due_date: dt.date | None = None
    due_local: dt.datetime | None = Field(default=None, sa_type=sa.DateTime)
    due_zone: str | None = None
    due_at: dt.datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    overdue_at: dt.datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    series_id: UUID | None = None
    occurrence: dt.datetime | None = Field(default=None, sa_type=sa.DateTime)
    depth: int = 0
    predecessor_id: UUID | None = None
    completed: bool = False
    completed_at: dt.datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    deleted_at: dt.datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)
    version: int = Field(default=1, sa_type=sa.BigInteger)
    created_at: dt.datetime = Field(sa_type=TIMESTAMPTZ)
    updated_at: dt.datetime = Field(sa_type=TIMESTAMPTZ)


class Series(SQLModel, table=True):
    __tablename__ = "series"
    id: UUID = Field(primary_key=True)
    user_id: UUID
    rule: str
    zone: str
    first_local: dt.datetime = Field(sa_type=sa.DateTime)
    anchor: str


class Tag(SQLModel, table=True):
    __tablename__ = "tags"
    id: UUID = Field(primary_key=True)
    user_id: UUID
    name: str
    created_at: dt.datetime = Field(sa_type=TIMESTAMPTZ)


class TaskTag(SQLModel, table=True):
    __tablename__ = "task_tags"
    task_id: UUID = Field(primary_key=True)
    tag_id: UUID = Field(primary_key=True)
    user_id: UUID


class Reminder(SQLModel, table=True):
    __tablename__ = "reminders"
    task_id: UUID = Field(primary_key=True)
    minutes_before: int = Field(primary_key=True)
    user_id: UUID
    fire_at: dt.datetime | None = Field(default=None, sa_type=TIMESTAMPTZ)


class Outbox(SQLModel, table=True):
    __tablename__ = "outbox"
    seq: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger)
    id: UUID
    bucket: int = Field(sa_type=sa.SmallInteger)
    user_id: UUID
    task_id: UUID
    envelope: str


class DueDate(BaseModel):
    date: dt.date
    zone: str


class DueLocal(BaseModel):
    local: dt.datetime
    zone: str


class DueInstant(BaseModel):
    instant: dt.datetime


class ReminderOut(BaseModel):
    minutes_before: int
    fire_at: dt.datetime | None


class RecurrenceOut(BaseModel):
    rule: str
    zone: str
    anchor: str
    series_id: UUID
    occurrence: dt.datetime | None
    depth: int


class TaskOut(BaseModel):
    id: UUID
    title: str
    description: str | None
    priority: str
    tags: list[str]
    due: DueDate | DueLocal | DueInstant | None
    due_at: dt.datetime | None
    is_overdue: bool
    recurrence: RecurrenceOut | None
    reminders: list[ReminderOut]
    predecessor_id: UUID | None
    completed: bool
    completed_at: dt.datetime | None
    deleted_at: dt.datetime | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class Page(BaseModel):
    items: list[TaskOut]
    next_cursor: str | None


class ReminderIn(BaseModel):
    minutes_before: int


class CreateTask(BaseModel):
    title: str
    description: str | None = None
    priority: str = "P3"
    tags: list[str] = []
    due: DueLocal | None = None
    reminders: list[ReminderIn] = []
