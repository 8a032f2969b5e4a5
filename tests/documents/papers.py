"""One of every paper, as full as they come."""

import datetime as dt
from decimal import Decimal

from tongdian.documents import (
    ApprovalForm,
    BillPaper,
    BillPaperLine,
    CompletionNotice,
    Equipment,
    FactOnPaper,
    FindingOnPaper,
    Hotline,
    IssuedNotice,
    LowVoltageContract,
    MeterOnPaper,
    MissingPaper,
    MissingPapers,
    OfficialLetter,
    Opinion,
    PapersReceipt,
    Party,
    PostedDay,
    PostedTimetable,
    PrintedSignature,
    PrintedSigner,
    PrintedStage,
    ReceivedPaper,
    RefundVoucher,
    RefusalNotice,
    ReturnColumnOnPaper,
    ReturnGroupOnPaper,
    ReturnPaper,
    SettlementCertificate,
    SupplyAgreement,
    SupplyHoursSheet,
    SupplyPlanReply,
    TemporaryPermit,
)
from tongdian.qr_codes import qr_code

HOTLINES = (Hotline(name="能源监管热线", number="12398"), Hotline(name="水电中心", number="0773-5846000"))
MARCH_2 = dt.date(2026, 3, 2)
SCHOOL = "广西师范大学节能减排办公室"
CENTRE = Party(
    name="广西师范大学后勤服务集团水电供应服务中心", phone="0773-5846000", address="桂林市雁山区雁中路1号"
)
SHOPKEEPER = Party(
    name="王小明", identity="4503**********123X", phone="138****0000", address="雁山校区3号门面"
)
PLACE = "雁山校区生活区3号门面"


def common(number: str, issuer: str = SCHOOL, **more) -> dict:
    return {"number": number, "issuer": issuer, "issued_on": MARCH_2, "hotlines": HOTLINES} | more


APPROVAL = ApprovalForm(
    **common("SP-2026-000412"),
    applicant=SHOPKEEPER,
    kind="商业用户",
    place=PLACE,
    purpose="小型餐饮",
    wants_water=True,
    wants_power=True,
    capacity_kw=Decimal("12.50"),
    pipe_mm=20,
    from_on=MARCH_2,
    last_on=dt.date(2027, 3, 1),
    equipment=(
        Equipment(name="冰柜", count=2, power_kw=Decimal("0.35")),
        Equipment(name="电磁炉", count=3, power_kw=Decimal("3.5")),
    ),
    attached=("门面租赁合同", "店主身份证复印件"),
    opinions=(
        Opinion(office="节能办", words="同意用水用电，按商业价格计收。", by="李四", on=MARCH_2),
        Opinion(office="水电中心"),
    ),
)
RECEIPT = PapersReceipt(
    **common("HZ-2026-000087"),
    case="YS-2026-000412",
    business="商业用户用水用电申请",
    applicant="王小明",
    place=PLACE,
    received_by="张三",
    handed_in_by="王小明",
    due_on=dt.date(2026, 3, 5),
    limit="3 个工作日",
    track="凭业务编号和手机号在“办事进度”页查询，或致电水电中心",
    papers=(
        ReceivedPaper(name="《广西师范大学用水用电审批表》", copies=1, kind="原件"),
        ReceivedPaper(name="门面租赁合同", copies=1, kind="复印件", remark="与原件核对一致"),
        ReceivedPaper(name="店主身份证复印件", copies=2, kind="复印件"),
    ),
)
MISSING = MissingPapers(
    **common("GZ-2026-000015"),
    case="YS-2026-000412",
    business="商业用户用水用电申请",
    applicant="王小明",
    papers=(
        MissingPaper(
            name="门面租赁合同",
            what_is_wrong="缺少签章页",
            how_to_mend="补交双方签章页的照片或复印件",
            cite="第八条（二）",
        ),
        MissingPaper(
            name="店主身份证复印件", what_is_wrong="照片模糊，号码无法辨认", how_to_mend="重新拍照上传"
        ),
    ),
    due_on=dt.date(2026, 3, 16),
    cites=("《广西师范大学水电管理规定》（师政后勤〔2016〕4号）第八条（二）",),
    office="雁山校区后勤楼一楼水电服务窗口，工作日 8:30–17:30",
)
NOTICE = IssuedNotice(
    **common("YS-2026-000413", "雁山校区房管科"),
    title="房管科开具的调（退）房通知",
    title_en="the housing office's notice of move",
    case="YS-2026-000413",
    business="教职工住户退房",
    applicant="王小明",
    place="雁山校区 3 栋 201",
    cites=("《广西师范大学水电管理规定》（师政后勤〔2016〕4号）第十条（一）",),
)
HOURS = SupplyHoursSheet(
    **common("", "雁山校区"),
    place="田楼报告厅",
    first_on=dt.date(2026, 3, 2),
    last_on=dt.date(2026, 3, 8),
    timetables=(
        PostedTimetable(
            title="体育文化场馆供电供水：田楼报告厅",
            days=(
                PostedDay(
                    day=dt.date(2026, 3, 6),
                    weekday="五",
                    is_rest=False,
                    hours="08:00–18:00，19:00–22:00（许可）",
                    cite="第三十五条（三）",
                    remark="毕业晚会",
                ),
                PostedDay(
                    day=dt.date(2026, 3, 7),
                    weekday="六",
                    is_rest=True,
                    hours="关闭",
                    cite="第三十五条（三）",
                    remark="已停供（电）",
                ),
            ),
        ),
    ),
    exceptions=("03-06 19:00至03-06 22:00：特殊情况，毕业晚会 · 第三十五条（三）",),
    address="https://sd.example.edu.cn/places/1/supply/",
    code=qr_code("https://sd.example.edu.cn/places/1/supply/"),
)
CERTIFICATE = SettlementCertificate(
    **common("YS-2026-000415", "雁山校区"),
    case="YS-2026-000415",
    applicant="桂林某某建设有限公司",
    place="雁山校区 教学楼外墙修缮工地",
    contract="教学楼外墙修缮工程施工合同（2026-017）",
    payment="第1期进度款",
    period_from=dt.date(2026, 1, 5),
    period_to=dt.date(2026, 2, 28),
    amount_fen=1234567,
    offices=("节能办", "水电中心"),
    cites=("《广西师范大学水电管理规定》（师政后勤〔2016〕4号）第四十八条",),
)
VOUCHER = RefundVoucher(
    **common("YS-2026-000082", "雁山校区"),
    case="YS-2026-000082",
    applicant="王小明",
    place="雁山校区 3 栋 201",
    figures=(
        ("系统累计售电量", "3200 千瓦时"),
        ("电表累计购电量", "3100 千瓦时"),
        ("购电收据编号", "SD-0001"),
    ),
    amount_fen=5491,
    signatures=(
        PrintedSigner(role="售电员核对差额", name="黄巧云", on=MARCH_2),
        PrintedSigner(role="中心经理审核签字"),
    ),
    cites=("《广西师范大学水电管理规定》（师政后勤〔2016〕4号）第十五条（一）",),
)
REFUSAL = RefusalNotice(
    **common("BY-2026-000003"),
    case="YS-2026-000398",
    business="增容（商业用户）",
    applicant="桂林某某餐饮有限公司",
    place="育才校区2号门面",
    applied_on=dt.date(2026, 2, 10),
    reasons=(
        "上级变压器额定容量 630 kVA，现有负荷 598 kW，不满足增容 60 kW 的要求。",
        "申请人未同意承担改造上一级线路及设备的费用。",
    ),
    cites=("《广西师范大学水电管理规定》第十条（五）",),
    remedies=(
        "同意承担改造费用后重新申请；",
        "减少申请容量后重新申请；",
        "对本决定有异议的，可在收到之日起 15 日内向学校节能减排办公室书面申诉。",
    ),
)
PLAN = SupplyPlanReply(
    **common("DF-2026-002231", "桂林供电局客户服务中心"),
    case="GL-2026-010233",
    customer=Party(name="桂林某某机械厂", phone="139****1111"),
    place="桂林市临桂区工业路8号",
    business="高压双电源新装",
    capacity_kw=Decimal(1600),
    voltage="10 kV",
    sources=("110 kV 临桂变 10 kV 工业一线 913", "110 kV 西城变 10 kV 西工线 907"),
    connection_point="工业路 3 号环网柜备用间隔",
    boundary="环网柜出线电缆头，电源侧属供电企业",
    metering="高供高计，10 kV 侧装设 0.2S 级电流互感器 100/5",
    price_category="两部制工商业用电，按容量计收基本电费",
    supplier_invests="电源接入工程至客户规划红线",
    customer_invests="红线内受电工程",
    last_on=dt.date(2027, 3, 1),
    remarks=("双电源须装设可靠的闭锁装置。",),
    cites=("国能综通监管〔2021〕37号附件2",),
)
COMPLETION = CompletionNotice(
    **common("BJ-2026-000377", "桂林供电局客户服务中心"),
    case="GL-2026-009911",
    business="低压非居民用电报装（三零）",
    applicant="王小明",
    place="桂林市七星区环城路12号",
    applied_on=dt.date(2026, 2, 24),
    completed_on=MARCH_2,
    outcome="已装表接电",
    steps=(
        PrintedStage(
            name="用电申请",
            whose="供电企业",
            began_on=dt.date(2026, 2, 24),
            ended_on=dt.date(2026, 2, 25),
            used="1 个工作日",
            limit="1 个工作日",
            cite="附件2-2",
        ),
        PrintedStage(
            name="装表接电",
            whose="供电企业",
            began_on=dt.date(2026, 2, 25),
            ended_on=MARCH_2,
            used="3 个工作日",
            limit="2 个工作日",
            is_late=True,
        ),
    ),
    total_used="4 个工作日",
    total_limit="20 个工作日",
    suspended="2月26日因客户要求改期挂起 1 日",
    rate_at="办事进度页面，或回复短信 1–5",
)
PERMIT = TemporaryPermit(
    **common("LS-2026-000021"),
    holder=Party(name="广西师范大学文学院", phone="0773-5840000"),
    place="育才校区田楼报告厅",
    purpose="承办广西高校诗词大会",
    wants_water=False,
    wants_power=True,
    capacity_kw=Decimal("15"),
    from_on=dt.date(2026, 3, 6),
    last_on=dt.date(2026, 3, 8),
    responsible="赵六",
    conditions=(
        "接线由水电中心派员完成，不得私接。",
        "使用期间须有人值守，离开时关闭电源。",
        "按商业水电价格缴费。",
    ),
    cites=("《广西师范大学水电管理规定》第二十五条、第三十七条",),
)
AGREEMENT = SupplyAgreement(
    **common("XY-2026-000412"),
    supplier=CENTRE,
    customer=SHOPKEEPER,
    regulation="《广西师范大学水电管理规定》（师政后勤〔2016〕4号）",
    kind="商业用户",
    place=PLACE,
    purpose="小型餐饮",
    has_water=True,
    has_power=True,
    capacity_kw=Decimal("12.5"),
    meters=(
        MeterOnPaper(kind="电能表", number="E20260311", model="DDZY", reading="0 kWh", place="门面配电箱"),
        MeterOnPaper(kind="水表", number="W88121", reading="3 m³"),
    ),
    price_category="商业水电价格",
    deposit_fen=300_000,
    payment="每月 10 日前按收费清单缴纳上月水电费。",
    from_on=MARCH_2,
    last_on=dt.date(2027, 3, 1),
    further_terms=("摊位外不得拉接电线。",),
    customer_signature=PrintedSignature(name="王小明"),
)
CONTRACT = LowVoltageContract(
    **common("HT-2026-009911", "桂林供电局"),
    supplier=Party(name="广西电网有限责任公司桂林供电局", identity="9145****", phone="95598"),
    customer=SHOPKEEPER,
    place="桂林市七星区环城路12号",
    customer_class="低压非居民",
    purpose="商业",
    capacity_kw=Decimal(30),
    voltage="380 V 三相",
    supply_point="环城路 2 号公用变压器 380 V 母线",
    boundary="计量箱出线开关负荷侧接线端",
    meters=(
        MeterOnPaper(
            kind="电能表",
            number="450300123456",
            model="DTZY341",
            multiplier=1,
            reading="0.00 kWh",
            place="计量箱",
        ),
    ),
    price_category="工商业及其他（单一制）",
    reading_cycle="每月 1 日",
    payment="每月 20 日前缴清上月电费。",
    from_on=MARCH_2,
    last_on=None,
    customer_signature=PrintedSignature(
        name="王小明",
        at=dt.datetime(2026, 3, 2, 1, 12, tzinfo=dt.UTC),
        means="短信验证码（138****0000）",
        content_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
)


def bill(number: int, *, lines: int = 2, name: str = "教职工住户用电") -> BillPaper:
    """A bill of so many lines."""
    line = BillPaperLine(
        name=name,
        meter="DB-0301",
        first_on=dt.date(2026, 2, 1),
        last_on=dt.date(2026, 2, 28),
        before="1000",
        now="1100",
        multiplier="1",
        quantity="100.00 kWh",
        price="0.5283 元/千瓦时",
        sum_fen=5283,
    )
    return BillPaper(
        **common(f"YS-Z2026-{number:06}", "广西师范大学水电中心"),
        account=f"ZH-{number:06}",
        customer="王小明",
        place=f"雁山校区 3 栋 {number}",
        from_on=line.first_on,
        last_on=line.last_on,
        due_on=dt.date(2026, 3, 16),
        lines=(line,) * lines,
        total_fen=5283 * lines,
        cites=("《广西师范大学水电管理规定》（师政后勤〔2016〕4号）第二十一条（一）",),
        check=f"YS-Z2026-{number:06} " + "a1" * 32,
        code=qr_code(f"https://sd.example.edu.cn/verify/?p={number}"),
    )


BILL = bill(1)
FILED_RETURN = ReturnPaper(
    **common("nea-2021-37/annex-3/2021-H1/GXT/2", "广西壮族自治区能源局"),
    title="广西壮族自治区“三零”“三省”服务效益统计表",
    title_en="Guangxi: Return of benefits",
    period="2021年1月—2021年6月",
    period_en="2021-01 to 2021-06",
    filer="李小明　0771-5650000",
    reviewer="王立",
    filed_on=dt.date(2021, 7, 12),
    content="统计内容",
    groups=(ReturnGroupOnPaper(title="“三零”服务效益", span=2), ReturnGroupOnPaper(title="", span=1)),
    columns=(
        ReturnColumnOnPaper(title="居民用户", width=2, is_number=True),
        ReturnColumnOnPaper(title="其他用户", width=2, is_number=True),
        ReturnColumnOnPaper(title="合计", width=2, is_number=True),
    ),
    rows=(("受益户数(户)", "120", "— 1）", "— 2）"), ("节省投资(万元)", "12.5", "0", "12.5")),
    notes=("1）受益户数(户)·其他用户：缺数，尚未统计", "2）受益户数(户)·合计：缺数，分项缺数"),
    check="9f86d081",
)
LETTER = OfficialLetter(
    **common("NFJ-2021-Y001", "国家能源局南方监管局"),
    title="关于约谈雁山供电公司的通知",
    title_en="Summons of 雁山供电公司 to a talk",
    to="雁山供电公司",
    paragraphs=("经查，你单位报装受限问题突出，决定对你单位进行约谈。",),
    facts=(FactOnPaper(title="时间", title_en="When", text="2021年7月20日 上午9:30"),),
    findings=(
        FindingOnPaper(
            number="NFJ-2021-W0001", office="雁山供电公司", text="以容量不足为由拒绝报装", clause="附件1/56"
        ),
    ),
    cites=("国能综通监管〔2021〕37号 第四条",),
    drafter="李小明",
    signer="王立",
    standing="草稿",
)
ALL = (
    BILL,
    APPROVAL,
    AGREEMENT,
    CONTRACT,
    RECEIPT,
    MISSING,
    NOTICE,
    HOURS,
    CERTIFICATE,
    REFUSAL,
    PLAN,
    COMPLETION,
    PERMIT,
    VOUCHER,
    FILED_RETURN,
    LETTER,
)
