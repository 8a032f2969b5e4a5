"""What a case's page shows besides the case itself."""

from tongdian.registers.sections import Sections

case_sections = Sections()
