"""The shell around every page: navigation, signing in, home, errors, languages."""
