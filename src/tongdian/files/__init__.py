"""Files kept by the hash of their content: papers, photographs, printed documents."""
