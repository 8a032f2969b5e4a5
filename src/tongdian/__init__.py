"""Tongdian 通典: water and electricity service by the book, and the book is data."""
