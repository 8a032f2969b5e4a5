"""What is filed, and what is said of tasks.

FiledReturn      a return or plan of an organisation for a period
ReturnVersion    what it says; what is corrected is another version, with its differences
ReturnStep       a version was reviewed, filed, accepted, returned or taken back
LateAllowance    an office may file after the closing day, until when and why; LateRequest asks for it
CellQuestion     a question on a cell, with a day to answer by; CellAnswer answers it
CountedFigures   indicators and sums as they were counted from cases on a day
TrustedSender    the key of another installation, entered after it was compared; a new one takes its place
TakenBundle      a bundle that was taken in, by its digest; SampleAnswer what was answered to the draw from it
CountedPopulation  the cases behind counted figures, with their rows in PopulationLot
WitnessedHead    a head of another installation's log that was seen, and from whom
TaskReport       what an office says of a task: under way, done, a problem, a practice
SupervisionFinding  what an office found about another; FindingStep what was done about it
UrgingLetter     an office presses another to do something by a day; UrgingAnswer answers it
Talk             an office is summoned: TalkStep, and FindingInTalk what about
Circular         offices are named to all: CircularStep, and FindingInCircular what for
SupplierTyping   of which type of the document a supplier is, by which paper
InspectionPlan   of an office and a year, with its PlannedInspection lines
Inspection       of a supplier in a division, planned or for a cause
CaseDraw         cases drawn for it by a seed that nobody chose: DrawnCase
SiteRecord       what was found on site of one of them, with its SiteFile
GridPlan         a plan of investment or development of grids, with its GridPlanStep; GridProject what it builds
InternalRule     a rule of an organisation's own, as it is reviewed
OverviewSubscription  who is sent an office's overview by e-mail, and how often
CoordinationMeeting, Difficulty, Resolution: the mechanism of coordination, and what it resolves
OfficeView       a layout of figures that is shared with an office
"""

from tongdian.supervision.models.bundles import TakenBundle, TrustedSender, WitnessedHead
from tongdian.supervision.models.coordination import CoordinationMeeting, Difficulty, Resolution
from tongdian.supervision.models.findings import FindingStep, SupervisionFinding
from tongdian.supervision.models.inspections import (
    CaseDraw,
    DrawnCase,
    Inspection,
    InspectionPlan,
    PlannedInspection,
    SiteFile,
    SiteRecord,
    SupplierTyping,
)
from tongdian.supervision.models.letters import (
    Circular,
    CircularStep,
    FindingInCircular,
    FindingInTalk,
    Talk,
    TalkStep,
    UrgingAnswer,
    UrgingLetter,
)
from tongdian.supervision.models.registers import GridPlan, GridPlanStep, GridProject, InternalRule
from tongdian.supervision.models.returns import (
    CellAnswer,
    CellQuestion,
    CountedFigures,
    FiledReturn,
    LateAllowance,
    LateRequest,
    ReturnStep,
    ReturnVersion,
)
from tongdian.supervision.models.samples import CountedPopulation, PopulationLot, SampleAnswer
from tongdian.supervision.models.subscriptions import OverviewSubscription
from tongdian.supervision.models.tasks import TaskReport
from tongdian.supervision.models.views import OfficeView

__all__ = [
    "CaseDraw",
    "CellAnswer",
    "CellQuestion",
    "Circular",
    "CircularStep",
    "CoordinationMeeting",
    "CountedFigures",
    "CountedPopulation",
    "Difficulty",
    "DrawnCase",
    "FiledReturn",
    "FindingInCircular",
    "FindingInTalk",
    "FindingStep",
    "GridPlan",
    "GridPlanStep",
    "GridProject",
    "Inspection",
    "InspectionPlan",
    "InternalRule",
    "LateAllowance",
    "LateRequest",
    "OfficeView",
    "OverviewSubscription",
    "PlannedInspection",
    "PopulationLot",
    "Resolution",
    "ReturnStep",
    "ReturnVersion",
    "SampleAnswer",
    "SiteFile",
    "SiteRecord",
    "SupervisionFinding",
    "SupplierTyping",
    "TakenBundle",
    "Talk",
    "TalkStep",
    "TaskReport",
    "TrustedSender",
    "UrgingAnswer",
    "UrgingLetter",
    "WitnessedHead",
]
