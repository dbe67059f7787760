"""From a row to an event, and every fault of the row by the column as its sender wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from events.admission.rejection import Reason, RejectionReason, reason
from events.envelope import Envelope, Platform
from events.event import EVENT_TYPES
from events.identifiers import is_person_token
from ops.dictionary.code_lists import event_type_words, event_types_by_name
from ops.submission.files.cells import Fault
from ops.submission.files.columns import (
    EVENT_TYPE,
    ITEMS,
    NUMBER_KIND,
    STATE,
    SUBJECT_CLASS,
    SUBJECT_NUMBER,
    closest_names,
    column_named,
    wording,
)
from ops.submission.files.fields import fields_of
from ops.submission.files.items import item_names, item_said
from ops.submission.files.values import value_of
from ops.submission.persons import (
    is_about_person,
    is_identity_number,
    number_fault,
    number_said,
    parties_by_token,
    read_identity_number,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from events.event import Event
    from ops.submission.defaults import Defaults
    from ops.submission.files.columns import Column, OfficialForm
    from ops.submission.files.row import FileRow
    from ops.submission.persons import PersonDoor

HIDDEN: Final = "(not shown)"


@dataclass(slots=True)
class Draft:
    """What could be made of a row.

    The event is there even where some fields have faults, so that admission's check can name the
    others at once; it may be sent only if there are no reasons. `columns` and `written` give for
    each field the column as the user wrote it and what stood there; `items` the columns of items.
    `number` is the identity number of a person, for as long as the row is checked.
    """

    event: Event | None = None
    platform: Platform = Platform.ORGANISATION
    form: OfficialForm | None = None
    reasons: list[Reason] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    written: dict[str, object] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    is_person: bool = False
    items: dict[str, Column] = field(default_factory=dict)
    number: str | None = None

    def refuse(self, name: str, fault: Fault) -> None:
        """Note the fault of a field, once."""
        if name not in self.faulty:
            self.faulty.add(name)
            shown = shown_value(self.written.get(name, ""))
            self.reasons.append(reason(fault.code, self.column(name), shown, fault.rule))

    def column(self, name: str) -> str:
        """Name a field as the user did, or as the option or form would."""
        if name in self.columns:
            return self.columns[name]
        if self.form is not None and name in self.form.required:
            return self.form.required[name]
        return _OPTIONS.get(name, name)


_NOT_STORED: Final = (EVENT_TYPE, SUBJECT_CLASS, STATE, SUBJECT_NUMBER, NUMBER_KIND)
_OPTIONS: Final = {
    "department": "--department",
    "category": "--category",
    "region": "--region",
    "event_type": "--event-type",
    "disclosure": "--disclosure",
}


def shown_value(value: object) -> object:
    """Give what a report may repeat: never an identity number, and of JSON only its text."""
    if isinstance(value, list | dict):
        return "(a list)" if isinstance(value, list) else "(an object)"
    return HIDDEN if is_identity_number(str(value)[:64]) else value


def draft_event(row: FileRow, defaults: Defaults, door: PersonDoor | None = None) -> Draft:
    """Make an event of a row as far as it goes, with every fault of its fields.

    A natural person is named by the number where a door makes tokens of it, else by the token only.
    """
    draft = Draft(form=row.form, reasons=list(row.reasons))
    if row.reasons:
        return draft
    said = dict(said_of(row, draft))
    draft.is_person = is_about_person(draft.written)
    event_type = _event_type(draft, said, defaults)
    if event_type is None or not _may_be_reported(draft, door):
        return draft
    _take_number(draft, said, door)
    fields = fields_of(event_type)
    values: dict[str, Any] = {}
    for name, column in said.items():
        if name in _NOT_STORED:
            continue
        if name not in fields:
            rule = f"{event_type} has no such field; leave it empty"
            draft.refuse(name, Fault(RejectionReason.VALUE_NOT_ALLOWED, rule))
            continue
        value = value_of(fields[name], column, draft.written[name])
        if isinstance(value, Fault):
            draft.refuse(name, value)
        else:
            values[name] = value
    if draft.number is not None and door is not None:
        values["subject_id"] = door.token(draft.number)
    if door is not None:
        parties_by_token(values, event_type, door.token)
    _complete(draft, values, event_type, defaults)
    _take_items(draft, values, event_type)
    draft.event = _built(event_type, values)
    return draft


def said_of(row: FileRow, draft: Draft) -> Iterator[tuple[str, Column]]:
    """Give the fields that a row fills, with its column; note in the draft what stands there."""
    for name, value in row.values.items():
        column = column_named(name, row.form)
        if column is None:
            if not row.read_over(name):
                near = closest_names(name, row.form)
                rule = f"unknown field{f'; did you mean {near[0]}?' if near else ''}"
                draft.reasons.append(reason(RejectionReason.VALUE_NOT_ALLOWED, name, "", rule))
            continue
        if not column.taken:
            continue
        if column.joined and column.field in draft.columns:
            draft.written[column.field] = f"{draft.written[column.field]};{value}"
            continue
        what = f"{ITEMS}.{column.item}" if column.item else column.field
        if what in draft.columns:
            if draft.written[what] == value and not column.unit:
                continue
            rule = f"{draft.columns[what]} says the same; give one of them"
            draft.reasons.append(reason(RejectionReason.VALUE_NOT_ALLOWED, name, "", rule))
            continue
        draft.columns[what], draft.written[what] = name, value
        if column.item:
            draft.items[name], draft.written[name] = column, value
        else:
            yield column.field, column


def type_said(draft: Draft, said: Collection[str], defaults: Defaults) -> str:
    """Give the type of event as a row says it, or what holds for it; empty where nothing does."""
    if EVENT_TYPE in said:
        name = str(draft.written[EVENT_TYPE]).removeprefix("credit.")
    else:
        name = draft.form.event_type if draft.form is not None else ""
        name = defaults.event_type or name or defaults.only_event_type or ""
    return event_types_by_name().get(name, name)


def _event_type(draft: Draft, said: dict[str, Column], defaults: Defaults) -> str | None:
    name = type_said(draft, said, defaults)
    if name in EVENT_TYPES:
        return name
    code = RejectionReason.NOT_AN_EVENT if name else RejectionReason.VALUE_MISSING
    words = event_type_words()
    fitting = [kind for kind in EVENT_TYPES if defaults.may_be(kind)] or EVENT_TYPES
    named = ", ".join(f"{words[kind][0]} {kind}" for kind in fitting)
    draft.refuse(EVENT_TYPE, Fault(code, f"one of: {named}"))
    return None


def _take_number(draft: Draft, said: dict[str, Column], door: PersonDoor | None) -> None:
    """Take a person's number out of what is said; of an organisation it is read over."""
    if not draft.is_person or door is None:
        return
    if (fault := number_fault(draft.written)) is not None:
        draft.refuse(NUMBER_KIND if NUMBER_KIND in said else SUBJECT_NUMBER, fault)
        draft.faulty.add("subject_id")
        return
    raw = number_said(draft.written)
    if raw is None:
        return
    number = read_identity_number(raw)
    if isinstance(number, Fault):
        draft.refuse(SUBJECT_NUMBER if SUBJECT_NUMBER in said else "subject_id", number)
        draft.faulty.add("subject_id")
    else:
        draft.number = number
    said.pop("subject_id", None)


def _may_be_reported(draft: Draft, door: PersonDoor | None) -> bool:
    """Check what the official form says of a row and we do not store: of whom, and in force."""
    words = wording()
    subject_class = str(draft.written.get(SUBJECT_CLASS, ""))
    if subject_class in words.persons and door is None:
        rule = (
            "natural persons are never reported in a file on organisations, only by their token "
            "and without name or free text (自然人信息请按令牌报送)"
        )
        # Nothing else of the row is looked at: its reasons would repeat what it says of a person.
        draft.reasons.clear()
        draft.refuse(SUBJECT_CLASS, Fault(RejectionReason.PERSON_DATA_IN_CLEAR, rule))
        return False
    if subject_class and subject_class not in (*words.organisations, *words.persons):
        rule = f"one of: {', '.join((*words.organisations, *words.persons))}"
        draft.refuse(SUBJECT_CLASS, Fault(RejectionReason.VALUE_NOT_ALLOWED, rule))
    state = str(draft.written.get(STATE, ""))
    if state and draft.form is not None and state not in draft.form.in_force:
        rule = "only decisions in force; report a withdrawn one by `revoke`"
        draft.refuse(STATE, Fault(RejectionReason.VALUE_NOT_ALLOWED, rule))
    return True


def _complete(draft: Draft, values: dict[str, Any], event_type: str, defaults: Defaults) -> None:
    """Fill in what the row leaves to options and registry; name what nothing can fill in."""
    if draft.form is not None:
        _by_form(draft.form, values)
    values.setdefault("department", defaults.department)
    values.setdefault("region", defaults.region)
    values.setdefault("source", defaults.source)
    if "category" not in values:
        category = defaults.category_for(event_type, values)
        if category is None:
            fitting = defaults.categories_for(event_type) or defaults.entitled
            rule = f"one of: {', '.join(fitting)}"
            draft.refuse("category", Fault(RejectionReason.VALUE_MISSING, rule))
        values["category"] = category or ""
    is_token = is_person_token(str(values.get("subject_id", "")).strip())
    is_person = is_token or draft.is_person
    platform = Platform.PERSON if is_person else Platform.ORGANISATION
    values.setdefault("disclosure", defaults.disclosure_for(values["category"], platform))
    for name, each in fields_of(event_type).items():
        if each.needed and name not in values:
            rule = f"{event_type} needs it"
            draft.refuse(name, Fault(RejectionReason.VALUE_MISSING, rule))
    if is_person:
        draft.platform = Platform.PERSON
    _refuse_identity_number(draft, values)
    if draft.is_person and not values.get("subject_id") and "subject_id" not in draft.faulty:
        rule = "a natural person is named by the identity number (公民身份号码)"
        draft.refuse(SUBJECT_NUMBER, Fault(RejectionReason.SUBJECT_MISSING, rule))
        draft.faulty.add("subject_id")


def _take_items(draft: Draft, values: dict[str, Any], event_type: str) -> None:
    """Put the items that a row says, one a column, beside those that it says in one."""
    category = values["category"] if ITEMS in fields_of(event_type) else ""
    draft.columns |= item_names(category)
    for heading, column in draft.items.items():
        name, found = item_said(category, column, draft.written[heading])
        draft.columns[name], draft.written[name] = heading, draft.written[heading]
        if isinstance(found, Fault):
            draft.refuse(name, found)
            draft.faulty.add(ITEMS)  # Some are given: that all are missing is not said beside.
        else:
            values[ITEMS] = [*values.get(ITEMS, []), found]


def _by_form(form: OfficialForm, values: dict[str, Any]) -> None:
    """Fill in what the form itself says of every line, and what stands in for an empty cell."""
    for name, value in form.says.items():
        values.setdefault(name, value)
    for name, instead in form.instead:
        if instead in values:
            values.setdefault(name, values[instead])


def _refuse_identity_number(draft: Draft, values: dict[str, Any]) -> None:
    if is_identity_number(str(values.get("subject_id", ""))):
        rule = "an identity number; give it as subject_number (证件号码), of a 自然人"
        draft.refuse("subject_id", Fault(RejectionReason.PERSON_DATA_IN_CLEAR, rule))


def _built(event_type: str, values: dict[str, Any]) -> Event:
    fields = fields_of(event_type)
    full = {name: values.get(name, each.empty) for name, each in fields.items()}
    envelope = Envelope(**{name: full[name] for name, each in fields.items() if each.in_envelope})
    own = {name: full[name] for name, each in fields.items() if not each.in_envelope}
    return cast("Event", EVENT_TYPES[event_type](envelope=envelope, **own))
