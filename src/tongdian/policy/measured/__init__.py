"""A process as its own measure: the sheet that its stages, owners, limits and clocks already say.

    judged   each version of each process of a measure, with the clock that judges it
    limits   what a stage or clock may take, as an expression over the day and the facts
    terms    sets of stages and causes, words, types
    writing  the sheet's text
    words    how it is told
    verdicts what the desk says, in the same words
    rows     the rows of one case, from its state

Nobody writes or edits such a sheet; it is typed, run and explained like any other. Its rows hold
days as they happened, never a number of days: whoever exports counts nothing.
"""
