"""The parameters of erasures, once (see `projections.http.asking.parameters`)."""

from __future__ import annotations

from typing import Final

from events.event import field_mark
from events.fields import Text
from events.types.subject import ErasureRequested
from projections.http.asking.code_forms import ChoiceForm
from projections.http.asking.forms import TextForm
from projections.http.asking.parameter import in_body, in_path, optional
from projections.record.erasure import ErasureStage

_mark = field_mark(ErasureRequested, "erasure_ground")
GROUNDS: Final = _mark.one_of if isinstance(_mark, Text) else ()

SUBJECT: Final = in_body("subject", TextForm(), "Who is to be erased: the person's token.")
GROUND: Final = in_body("ground", ChoiceForm(GROUNDS), "Why: 个人信息保护法 art. 47.")
DOCUMENT_NO: Final = in_body("document_no", TextForm(), "The centre's number of the request.")
BY_SUBJECT: Final = optional("subject", TextForm(), "Whose erasure: a person's token.")
AT_STAGE: Final = optional("stage", ChoiceForm(tuple(ErasureStage)), "Where it stands.")
ERASURE: Final = in_path("erasure", TextForm(), "The id of the erasure, as it was given.")
