"""The rulebook's pages: the regulation open to everybody, its decisions to those who may."""
