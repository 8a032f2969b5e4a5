"""What the API takes and gives, as OpenAPI describes it. Numbers travel as text, never as floats."""
