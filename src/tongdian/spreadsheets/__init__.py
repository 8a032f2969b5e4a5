"""Reading what people bring in spreadsheets: workbooks and tables of text. Plain Python.

`reading` finds the headings and lists the rows under them, and says what it read; `cells` takes a
number, a day, a text or a code from a cell, or refuses it in words; `workbooks` and `texts` open
files. Imports and bulk runs read through it, so that one file has one meaning.
"""
