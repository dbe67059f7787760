"""What the made-up documents say: offices, laws, grounds, in the words of such records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from events.commendation import HonourLevel
from events.court import CourtRole
from events.envelope import Source
from events.penalty import PenaltyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of enforcement: who punishes what, under which law."""

    department: str
    category: str
    office: str
    """What the office of a city is called, after the city's name."""
    mark: str
    """How its decisions are numbered, after the city's first character."""
    legal_basis: str
    violation: str


_MARKET: Final = Field(
    department="market-zj",
    category="penalty.market",
    office="市市场监督管理局",
    mark="市监罚决",
    legal_basis="《中华人民共和国广告法》第五十五条",
    violation="发布虚假广告",
)
_FOOD: Final = Field(
    department="market-zj",
    category="penalty.food_drug",
    office="市市场监督管理局",
    mark="市监食罚",
    legal_basis="《中华人民共和国食品安全法》第一百二十四条",
    violation="生产经营不符合食品安全标准的食品",
)
_QUALITY: Final = Field(
    department="market-zj",
    category="penalty.quality",
    office="市市场监督管理局",
    mark="市监质罚",
    legal_basis="《中华人民共和国产品质量法》第四十九条",
    violation="生产不符合保障人体健康和人身、财产安全标准的产品",
)
_PRICE: Final = Field(
    department="market-zj",
    category="penalty.price",
    office="市市场监督管理局",
    mark="市监价罚",
    legal_basis="《中华人民共和国价格法》第三十九条",
    violation="不执行政府定价",
)
_TAX: Final = Field(
    department="tax-zj",
    category="penalty.tax",
    office="市税务局稽查局",
    mark="税稽罚",
    legal_basis="《中华人民共和国税收征收管理法》第六十三条",
    violation="少列收入,少缴税款",
)
_ENVIRONMENT: Final = Field(
    department="ecology-zj",
    category="penalty.environment",
    office="市生态环境局",
    mark="环罚",
    legal_basis="《中华人民共和国大气污染防治法》第九十九条",
    violation="超过大气污染物排放标准排放大气污染物",
)
_LABOUR: Final = Field(
    department="labour-zj",
    category="penalty.labour",
    office="市人力资源和社会保障局",
    mark="人社监罚",
    legal_basis="《劳动保障监察条例》第二十六条",
    violation="未按规定支付劳动者工资",
)
_SAFETY: Final = Field(
    department="emergency-zj",
    category="penalty.safety",
    office="市应急管理局",
    mark="应急罚",
    legal_basis="《中华人民共和国安全生产法》",
    violation="未按规定对从业人员进行安全生产教育和培训",
)
_CUSTOMS: Final = Field(
    department="customs-hz",
    category="penalty.customs",
    office="海关",
    mark="关缉违字",
    legal_basis="《中华人民共和国海关行政处罚实施条例》第十五条",
    violation="申报不实,影响海关监管秩序",
)
_TRANSPORT: Final = Field(
    department="transport-zj",
    category="penalty.transport",
    office="市交通运输局",
    mark="交运罚",
    legal_basis="《中华人民共和国道路运输条例》",
    violation="未取得道路运输经营许可擅自从事道路运输经营",
)
_CONSTRUCTION: Final = Field(
    department="construction-zj",
    category="penalty.construction",
    office="市住房和城乡建设局",
    mark="建罚",
    legal_basis="《建设工程质量管理条例》第六十四条",
    violation="施工中偷工减料",
)

FIELDS: Final = (
    *(_MARKET,) * 5,
    *(_TAX,) * 3,
    *(_FOOD, _FOOD, _QUALITY, _PRICE, _ENVIRONMENT, _ENVIRONMENT, _LABOUR),
    *(_SAFETY, _SAFETY, _TRANSPORT, _TRANSPORT, _CONSTRUCTION, _CUSTOMS),
)
"""Fields of enforcement, each as often as it is to be met."""

PENALTY_KINDS: Final = (
    *(("罚款", [PenaltyKind.FINE]),) * 17,
    ("罚款,没收违法所得", [PenaltyKind.FINE, PenaltyKind.CONFISCATION]),
    ("警告", [PenaltyKind.WARNING]),
    ("警告,罚款", [PenaltyKind.WARNING, PenaltyKind.FINE]),
    ("暂扣许可证30天", [PenaltyKind.LICENCE_SUSPENDED]),
    ("责令停产停业", [PenaltyKind.BUSINESS_SUSPENDED, PenaltyKind.FINE]),
)
FINES_YUAN: Final = (
    *(200, 500, 1_000, 2_000, 2_000, 3_000, 5_000, 5_000, 5_000, 8_000, 10_000, 10_000, 10_000),
    *(15_000, 20_000, 20_000, 30_000, 35_000, 50_000, 50_000, 80_000, 100_000, 150_000),
    *(200_000, 300_000, 500_000, 1_200_000),
)

LEVELS: Final = (
    *(HonourLevel.CITY,) * 4,
    *(HonourLevel.COUNTY,) * 4,
    *(HonourLevel.PROVINCIAL, HonourLevel.PROVINCIAL, HonourLevel.OTHER, HonourLevel.NATIONAL),
)
HONOURS: Final = (
    *(("association-zj", Source.ASSOCIATION, "信用承诺履约践诺企业"),) * 6,
    *(("market-zj", Source.DEPARTMENT, "守合同重信用企业"),) * 3,
    ("labour-zj", Source.DEPARTMENT, "和谐劳动关系企业"),
    ("ecology-zj", Source.DEPARTMENT, "环境保护诚信企业"),
    ("transport-zj", Source.DEPARTMENT, "公路工程建设领域守信典型企业"),
    ("construction-zj", Source.DEPARTMENT, "建筑业诚信企业"),
    ("civil-zj", Source.DEPARTMENT, "慈善捐赠先进单位"),
)
"""Department, source and honour, each as often as it is to be met."""

GOOD_BASIS: Final = "《浙江省公共信用信息管理条例》第九条"
GRADE_A_BASIS: Final = "《纳税信用管理办法》"
REGISTER_BASIS: Final = "《浙江省公共信用信息管理条例》第九条"
ARREARS_BASIS: Final = "《中华人民共和国税收征收管理法》第四十五条"
CIVIL_BASIS: Final = "《中华人民共和国民事诉讼法》"
ADMINISTRATIVE_BASIS: Final = "《中华人民共和国行政诉讼法》"
DEFAULTER_BASIS: Final = "《最高人民法院关于公布失信被执行人名单信息的若干规定》第一条"
TAX_LIST_BASIS: Final = "《重大税收违法失信主体信息公布管理办法》第六条"
CORRECTION_BASIS: Final = "《浙江省公共信用信息管理条例》"
REVOCATION_BASIS: Final = "《中华人民共和国行政复议法》"

TAXES: Final = (
    ["增值税"],
    ["企业所得税"],
    ["增值税", "城市维护建设税"],
    ["房产税"],
    ["土地增值税"],
)
TAX_GROUNDS: Final = (
    *(*("evasion",) * 5, *("false_vat_invoices",) * 6, *("false_invoices",) * 2),
    *("fled", "fled", "refund_fraud", "hides_assets", "other"),
)
# As often as among 1,588 situations measured.
DEFAULTER_GROUNDS: Final = (
    *(*("able_but_refuses",) * 25, *("breaks_asset_report",) * 10, *("evades",) * 3),
    *("breaks_settlement", "obstructs"),
)
PERFORMANCES: Final = (*("全部未履行",) * 8, "部分未履行", "部分未履行")
REMOVALS: Final = ("performed", "performed", "performed", "settled", "term_over", "repaired")
ROLES: Final = (
    *(CourtRole.DEFENDANT,) * 5,
    *(CourtRole.PLAINTIFF,) * 4,
    *(CourtRole.THIRD_PARTY, CourtRole.PERSON_EXECUTED),
)
CAUSES: Final = (
    *("买卖合同纠纷", "买卖合同纠纷", "劳动争议", "建设工程施工合同纠纷", "金融借款合同纠纷"),
    *("房屋租赁合同纠纷", "承揽合同纠纷", "追偿权纠纷"),
)
RESULTS: Final = ("判决支付货款", "驳回诉讼请求", "调解结案", None)
