"""What is done with money: posting, holding, collecting, closing months."""
