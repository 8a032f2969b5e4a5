"""The pages of organisations, people, stand-ins and customers."""
