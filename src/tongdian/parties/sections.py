"""What a customer's page shows besides the customer itself."""

from tongdian.registers.sections import Sections

customer_sections = Sections()
