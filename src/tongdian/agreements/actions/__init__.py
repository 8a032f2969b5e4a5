"""What is done with agreements: agreeing, signing texts, importing."""
