"""Places, lines, points, customers, agreements and balances from spreadsheets.

`reading` makes cells of a file, `columns` understands them, a module of `kinds` says what becomes
of a row; `agreements.actions.importing` stages, stores and undoes.
"""
