"""What the page of an account shows besides the account: to staff, and to its own customer."""

from tongdian.registers.sections import Sections

account_sections = Sections()
own_sections = Sections()
