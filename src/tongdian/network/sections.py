"""What a place's page shows besides the place itself."""

from tongdian.registers.sections import Sections

place_sections = Sections()
