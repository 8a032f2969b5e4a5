"""What areas tell the shell: where their pages are, what is on the home page, what is found, how they are.

It stands low and knows no area; `web` draws it.
"""
