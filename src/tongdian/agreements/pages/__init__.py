"""The pages of agreements: lists, one agreement, reading and signing, importing."""
