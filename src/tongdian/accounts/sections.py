"""What the page of an account shows besides the account: to staff, and to its own customer; and that of a receipt."""

from tongdian.registers.sections import Sections

account_sections = Sections()
own_sections = Sections()
receipt_sections = Sections()
