"""What an answer of a rule shows besides itself: what may be done with it, in other areas."""

from tongdian.registers.sections import Sections

answer_sections = Sections()
