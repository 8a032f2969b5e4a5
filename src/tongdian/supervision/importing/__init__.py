"""Returns as workbooks: the template that an office fills in, and what it brings back."""
