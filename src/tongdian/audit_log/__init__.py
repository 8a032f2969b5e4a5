"""What was done here, by whom and when, in a record that cannot be quietly rewritten.

Entries are appended in the transaction of the deed. After it commits, a sealer puts them in order
under an RFC 6962 Merkle tree; signed checkpoints of the tree leave the building. What an entry
says about people lies in a payload of its own and can be erased lawfully: the entry seals only
its keyed hash.
"""
