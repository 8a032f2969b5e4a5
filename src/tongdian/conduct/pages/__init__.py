"""The pages of conduct: what inspectors and offices do, and what the public sees and reports."""
