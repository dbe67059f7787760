"""What is granted: administrative licences (行政许可), certificates of products (产品认证)."""

from __future__ import annotations

from enum import StrEnum

from events.fields import AnyDay, DocumentNo, FreeText, LaterDay, NeededThingName, ThingName
from events.roles import Original


class LicenceKind(StrEnum):
    """Kind of licence (许可类别)."""

    ORDINARY = "ordinary"
    FRANCHISE = "franchise"
    RECOGNITION = "recognition"
    APPROVAL = "approval"
    REGISTRATION = "registration"
    OTHER = "other"


class LicenceGranted(Original, frozen=True, gc=False):
    """A licence was granted or renewed; a renewal is a further grant of the same licence number."""

    licence_no: DocumentNo
    kind: LicenceKind = LicenceKind.OTHER
    certificate: ThingName | None = None
    valid_from: AnyDay | None = None
    valid_until: AnyDay | None = None
    content: FreeText | None = None


class CertificationScheme(StrEnum):
    """Kind of certification (认证类别)."""

    COMPULSORY = "compulsory"
    VOLUNTARY = "voluntary"
    OTHER = "other"


class CertificateStatus(StrEnum):
    """What became of a certificate (证书状态); a withdrawal is final."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class ProductCertified(Original, frozen=True, gc=False):
    """A certificate of a product was granted, suspended, restored or withdrawn (产品认证)."""

    certificate_no: DocumentNo
    product: NeededThingName
    scheme: CertificationScheme
    status: CertificateStatus
    valid_until: LaterDay | None = None
    reason: FreeText | None = None
