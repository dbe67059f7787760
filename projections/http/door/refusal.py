"""Refusals as answers: problem details with `code`, `rule`, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from events.errors import LedgerError
from projections.access.asker import RefusalCode
from projections.http.errors import problem, speaks_chinese
from projections.http.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response


class NotGivenError(LedgerError):
    """It is not given to who asks."""

    def __init__(self, code: RefusalCode, rule: str) -> None:
        """Keep why, and the row of the policy that decided; `headers` tell more."""
        super().__init__(f"{code} ({rule})")
        self.code, self.rule = code, rule
        self.headers: dict[str, str] = {}


class _Told(NamedTuple):
    status: int
    detail: Words
    do: Words


_TOLD: Final[Mapping[RefusalCode, _Told]] = {
    RefusalCode.UNAUTHENTICATED: _Told(
        401,
        Words("this is not given without a key in force", "须持有效密钥查询"),
        Words(
            "send `Authorization: Bearer KEY`; `credit-ledger access key create` makes one",
            "请附 Authorization: Bearer 密钥；密钥由管理员以 access key create 发放",
        ),
    ),
    RefusalCode.PURPOSE_MISSING: _Told(
        403,
        Words("no purpose, or no basis, was said", "未说明查询事由或依据"),
        Words(
            "send `Credit-Purpose: CODE`; of persons also `Credit-Basis: LAW OR CASE NUMBER`",
            "请附 Credit-Purpose: 事由代码；查询自然人另附 Credit-Basis: 法律依据、案号或授权编号",
        ),
    ),
    RefusalCode.PURPOSE_NOT_OF_ROLE: _Told(
        403,
        Words("no row gives this to the role for this purpose", "该角色无此事由的查询权限"),
        Words(
            "`credit-ledger access explain` tells what each role may have, and for what",
            "可用 credit-ledger access explain 查看各角色的权限",
        ),
    ),
    RefusalCode.OUTSIDE_REGION: _Told(
        403,
        Words("it lies outside the region of who asks", "不在查询方辖区内"),
        Words("ask of your own region: region=CODE", "请查询本辖区：region=区划代码"),
    ),
    RefusalCode.NOT_OWN: _Told(
        403,
        Words("it is another's own matter", "非本主体（本部门）事项"),
        Words(
            "ask of yourself; without a key what is public is given",
            "请查询本主体；公开信息无须密钥",
        ),
    ),
    RefusalCode.CONSENT_MISSING: _Told(
        403,
        Words(
            "the person's consent is not there, or no longer", "无自然人授权，或授权已撤回、过期"
        ),
        Words("let the person consent first", "请先取得本人授权"),
    ),
    RefusalCode.CONTRACT_MISSING: _Told(
        403,
        Words("no contract in force covers this purpose", "无覆盖此事由的有效合同"),
        Words(
            "an operator enters it: `credit-ledger access contract`",
            "由管理员以 access contract 登记合同",
        ),
    ),
    RefusalCode.PERSON_NEVER_PUBLIC: _Told(
        403,
        Words("nothing of natural persons is public", "自然人信息不予公开"),
        Words("ask with a key, a purpose and a basis", "请以密钥、事由及依据查询"),
    ),
    RefusalCode.NOTHING_PUBLIC: _Told(
        404,
        Words("nothing of this code is published", "该代码无公开信息"),
        Words("check the code", "请核对代码"),
    ),
    RefusalCode.ERASED: _Told(
        410,
        Words("what was kept of this subject was erased", "该主体信息已删除"),
        Words("nothing is left to ask for", "已无可查询内容"),
    ),
    RefusalCode.QUOTA_USED: _Told(
        429,
        Words("the quota is used up", "查询额度已用尽"),
        Words("come again when Retry-After says", "请按 Retry-After 所示时间再来"),
    ),
    RefusalCode.INQUIRY_NOT_RECORDED: _Told(
        503,
        Words(
            "the inquiry could not be recorded, so nothing is answered", "查询未能留痕，故不予答复"
        ),
        Words(
            "ask again in some seconds; what is public is answered without a key",
            "请数秒后重试；公开信息无须密钥",
        ),
    ),
}


def status_of(code: RefusalCode) -> int:
    """Give the status of a refusal."""
    return _TOLD[code].status


def answer_refused(request: Request, error: Any) -> Response:
    """Answer a refusal; it names no subject, and is the same of each that is refused for it."""
    told = _TOLD[error.code]
    zh = speaks_chinese(request)
    body = {
        "title": "Refused",
        "status": told.status,
        "code": error.code.value,
        "rule": error.rule,
        "detail": told.detail.zh if zh else told.detail.en,
        "do": told.do.zh if zh else told.do.en,
    }
    headers = dict(error.headers)
    if error.code is RefusalCode.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer realm="credit-ledger"'
    if error.code is RefusalCode.INQUIRY_NOT_RECORDED:
        headers["Retry-After"] = "2"
    return problem(body, told.status, headers)
