"""Registers: what is entered, listed, changed and removed, said once for every door.

From one declaration of fields follow the control and error of a form, the type in the API, the column
of a spreadsheet, the cell of a list, the filter, the export, the check of the database and what the
audit log keeps. How to add one: docs/how-to/add-a-register.md.
"""
