"""Batches instead of messages: lanes, turns, and Faust around them."""
