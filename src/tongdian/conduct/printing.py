"""《违章通知书》 and 整改通知书, in the form of offices."""

from __future__ import annotations

import datetime as dt

from tongdian.calendar import SHANGHAI
from tongdian.conduct import queries
from tongdian.conduct.models import ConductAct
from tongdian.conduct.rules import NoticeKind
from tongdian.connections.printing import hotlines, printed_paper
from tongdian.documents import FactOnPaper, OfficialLetter
from tongdian.policy.clauses import say_clause
from tongdian.rulebook import queries as rulebook

TITLES = {
    NoticeKind.VIOLATION: ("违章通知书", "Violation notice"),
    NoticeKind.RECTIFICATION: ("整改通知书", "Notice to correct"),
}
SENT = {
    NoticeKind.VIOLATION: "经检查，发现你单位有下列违反水电管理规定的行为，现予通知。请立即停止并改正。",
    NoticeKind.RECTIFICATION: "请对下列行为进行整改，并在期限届满前告知水电中心；期满将复查，未改正的按规定处理。",
}
APPEAL = "对本通知有异议的，可在收到后向发出单位书面提出；经查属错误登记的，予以撤销并公开更正。"


def notice(
    act: ConductAct,
    kind: NoticeKind,
    *,
    issuer: str,
    on: dt.date,
    correct_by: dt.date,
    follows: tuple[str, ...],
    cite: tuple[str, ...],
) -> bytes:
    """The notice as PDF: to whom, which act at which place and hour, under which article, what follows by which clauses (`cite`), until when
    it is to be put right."""
    title, title_en = TITLES[kind]
    picked = queries.words_of(act)
    pack = rulebook.pack_for(act.pack, act.organisation.region_id)
    done = act.done_at.astimezone(SHANGHAI)
    cited = "、".join(say_clause(one).zh for one in dict.fromkeys([act.clause, *cite]))
    facts = [
        FactOnPaper(title="行为", title_en="Act", text=picked.words.zh),
        FactOnPaper(title="地点", title_en="Place", text=act.place.name),
        FactOnPaper(title="时间", title_en="Time", text=f"{done:%Y年%m月%d日 %H:%M}"),
        FactOnPaper(title="所见", title_en="What was seen", text=act.text),
    ]
    if follows:
        facts.append(FactOnPaper(title="后果", title_en="What follows", text="；".join(follows)))
    if kind == NoticeKind.RECTIFICATION:
        facts.append(
            FactOnPaper(
                title="整改期限",
                title_en="To be put right by",
                text=f"{correct_by:%Y年%m月%d日}（本处的安排）",
            )
        )
    return printed_paper(
        OfficialLetter(
            number=f"{act.number}-{'W' if kind == NoticeKind.VIOLATION else 'Z'}",
            issuer=issuer,
            issued_on=on,
            hotlines=hotlines(act.organisation),
            is_demo=act.is_demo,
            title=title,
            title_en=title_en,
            to=queries.name_of(act),
            paragraphs=(SENT[kind], APPEAL),
            facts=tuple(facts),
            cites=(f"《{pack.title.zh}》（{pack.number}）{cited}",),
        )
    )
