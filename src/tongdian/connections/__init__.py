"""Applications, changes and repairs as the public meets them; what closing their stages does."""
