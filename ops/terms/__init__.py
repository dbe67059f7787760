"""The words for people, in Chinese and English."""
