"""Keys, contracts and inquiries: made, told to their topics, and read off them."""
